import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { AppCredentials } from '../../src/auth/apps.ts';
import { environment, launcher } from '../cli/serving.ts';
import { root, run } from '../support/pages.ts';
import { sampleBots } from '../support/samples.ts';
import {
  type Caller,
  callerOf,
  importedBot,
  publishBot,
  startServer,
  type TestServer,
} from '../support/server.ts';
import { type Recipe, recipeFile, recipes } from './recipes.ts';

/*
 * The recipes for CI systems are run by the shells those systems use: their steps as they stand, in a repository laid out
 * as docs/ci.md says, with two servers. Not run is `npm ci`, which needs the network: the command is there already. `gh`
 * is one that writes down what it was called with.
 */

interface Host {
  server: TestServer;
  app: AppCredentials;
  caller: Caller;
  bot: string;
}

const files = readdirSync(path.join(root, 'docs/ci'), { recursive: true, encoding: 'utf8' });

describe.each(recipes)('$system', (recipe) => {
  const base = mkdtempSync(path.join(tmpdir(), 'botport-ci-'));
  const remote = path.join(base, 'remote.git');
  const clone = path.join(base, 'clone');
  const printed: string[] = [];
  let dev: Host;
  let prod: Host;

  beforeAll(async () => {
    dev = await host('to your insurer');
    prod = await host('to the police');
    makeRepository();
  });
  afterAll(async () => {
    await dev.server.close();
    await prod.server.close();
    rmSync(base, { recursive: true });
  });
  afterEach(() => {
    for (const secret of [dev.app.clientSecret, prod.app.clientSecret, 'eyJ']) {
      expect(printed.join('\n'), 'a secret or a token was printed').not.toContain(secret);
    }
  });

  const git = (...args: string[]) => execFileSync('git', args, { cwd: clone, encoding: 'utf8' }).trim();

  /** A repository of bots, pushed to a remote. */
  function makeRepository(): void {
    execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', remote]);
    execFileSync('git', ['clone', '--quiet', remote, clone], { stdio: 'ignore' });
    git('config', 'user.name', 'Somebody');
    git('config', 'user.email', 'somebody@example.org');
    const hosts = recipeFile('hosts.yaml')
      .replace('https://dev.bots.example', dev.server.url)
      .replace('https://prod.bots.example', prod.server.url)
      .replace('cs-dev', dev.app.clientId)
      .replace('cs-prod', prod.app.clientId);
    writeFileSync(path.join(clone, 'hosts.yaml'), hosts);
    mkdirSync(path.join(clone, 'environments'));
    writeFileSync(path.join(clone, 'environments/prod.yaml'), recipeFile('environments/prod.yaml'));
    writeFileSync(path.join(clone, '.gitignore'), 'node_modules/\n');
    writeFileSync(path.join(clone, 'package.json'), '{ "private": true }');
    git('add', '--all');
    git('commit', '--quiet', '--message', 'Hosts');
    git('push', '--quiet', 'origin', 'HEAD:main');
    mkdirSync(path.join(clone, 'node_modules/.bin'), { recursive: true });
    symlinkSync(launcher, path.join(clone, 'node_modules/.bin/botport'));
    mkdirSync(path.join(base, 'bin'));
    writeFileSync(path.join(base, 'bin/gh'), `#!/bin/sh\necho "$@" > ${base}/gh.txt\n`);
    chmodSync(path.join(base, 'bin/gh'), 0o755);
  }

  /** What a CI system fills in. */
  function filledIn(): Record<string, string> {
    return {
      PATH: `${path.join(base, 'bin')}:${process.env.PATH}`,
      HOME: base,
      DEV_CLIENT_SECRET: dev.app.clientSecret,
      PROD_CLIENT_SECRET: prod.app.clientSecret,
      GITHUB_STEP_SUMMARY: path.join(base, 'summary.md'),
      GITHUB_OUTPUT: path.join(base, 'output.txt'),
      GITHUB_SHA: git('rev-parse', 'HEAD'),
      CI_COMMIT_SHA: git('rev-parse', 'HEAD'),
      GIT_COMMIT: git('rev-parse', 'HEAD'),
      CI_COMMIT_BRANCH: 'main',
      BRANCH_NAME: 'main',
      CI_PROJECT_URL: remote.replace(/\.git$/, ''),
      BACKUP_PUSH_TOKEN: 'a-token',
      BASE: git('rev-parse', 'origin/main'),
      CI_MERGE_REQUEST_DIFF_BASE_SHA: git('rev-parse', 'origin/main'),
      CHANGE_TARGET: 'main',
      PULL_REQUEST: 'https://github.example/pull/1',
    };
  }

  async function runJob(job: Parameters<Recipe['steps']>[0]): Promise<void> {
    for (const { script, shell, env } of recipe.steps(job)) {
      const own = Object.fromEntries(
        Object.entries(env)
          .map(([name, value]) => [name, String(value)] as const)
          .filter(([, value]) => !value.includes('${{')),
      );
      const given = environment({ ...filledIn(), ...own }) as Record<string, string>;
      const { code, output } = await run([...shell, script], clone, given);
      printed.push(output);
      expect(code, `${script}\n${output}`).toBe(0);
    }
  }

  test('the backup commits what changed, and pushes it; a second one finds nothing', async () => {
    await runJob('backup');
    const log = () => execFileSync('git', ['log', '--format=%s', 'main'], { cwd: remote, encoding: 'utf8' });
    expect(log()).toMatch(/^Harbour Bank Assistant \(st-\S+\): /m);
    const before = log();
    await runJob('backup');
    expect(log()).toBe(before);
    git('fetch', '--quiet');
  }, 120_000);

  test('a change request shows what differs in the bots', async () => {
    git('checkout', '--quiet', '-B', 'change', 'origin/main');
    const [file = ''] = globSync('bots/*/draft/definition/dialogComponents/blocked-stolen-*.json', {
      cwd: clone,
    });
    const text = readFileSync(path.join(clone, file), 'utf8');
    writeFileSync(path.join(clone, file), text.replace('insurance', 'records'));
    git('commit', '--quiet', '--all', '--message', 'Other words');
    await runJob('difference');
    const difference = readFileSync(path.join(clone, 'difference.md'), 'utf8');
    expect(difference).toContain('blockedStolen');
    expect(difference).toContain('records');
    if (recipe.system !== 'GitHub Actions') return;
    expect(readFileSync(path.join(base, 'summary.md'), 'utf8')).toBe(difference);
    expect(readFileSync(path.join(clone, 'comment.md'), 'utf8')).toBe(difference);
    expect(readFileSync(path.join(base, 'gh.txt'), 'utf8')).toContain(
      'pr comment https://github.example/pull/1 ',
    );
  }, 60_000);

  test('a change request is searched for secrets', async () => {
    await runJob('secrets');
    const sarif = JSON.parse(readFileSync(path.join(clone, 'findings.sarif'), 'utf8'));
    expect(sarif).toMatchObject({ version: '2.1.0', runs: [{ tool: { driver: { name: 'botport' } } }] });
  }, 60_000);

  test('a merge plans what changes in production, and does it when it is approved', async () => {
    const versions = async () => (await prod.caller.get(`/api/v1/bots/${prod.bot}/versions`)).body;
    const before = await versions();
    await runJob('plan');
    expect(await versions()).toEqual(before);
    expect(readFileSync(path.join(clone, 'plan.md'), 'utf8')).toContain('blockedStolen');
    expect(existsSync(path.join(clone, 'plan.json'))).toBe(true);
    await runJob('apply');
    expect(JSON.stringify(await versions())).toContain(`Commit ${git('rev-parse', 'HEAD')}`);
  }, 60_000);
});

/** A server with an app, and a bot that says where to report a theft to. */
async function host(words: string): Promise<Host> {
  const server = await startServer();
  const app = await server.createApp();
  const caller = await callerOf(server, app);
  const bank = sampleBots().find(({ name }) => name.includes('bank'));
  if (!bank) throw new Error('the sample bot is missing');
  const definition = String(bank.definition).replace('to%20the%20police', words.replaceAll(' ', '%20'));
  const bot = await importedBot(server, caller, { definition, config: bank.config });
  await publishBot(caller, bot);
  return { server, app, caller, bot };
}

describe('every recipe', () => {
  test.each(files.filter((name) => /\.ya?ml$/.test(name)))('%s is YAML', (name) => {
    expect(parse(recipeFile(name))).toBeTypeOf('object');
  });

  test.each(files.filter((name) => /\.|Jenkinsfile/.test(name)))(
    '%s prints no secrets and pins what it takes',
    (name) => {
      const text = recipeFile(name);
      expect(text).not.toMatch(/set -x|botport token|:latest\b/);
      for (const [, action = ''] of text.matchAll(/uses: (\S+)/g)) expect(action).toMatch(/@[0-9a-f]{40}$/);
      for (const [, image = ''] of text.matchAll(/image:? '?(node:[^'\s]+)/g))
        expect(image).toMatch(/^node:\d+\.\d+\.\d+$/);
    },
  );

  test.each(['backup', 'pull-request', 'promote'])('github/%s.yml asks for as little as it can', (name) => {
    const workflow = parse(recipeFile(`github/${name}.yml`));
    expect(Object.keys(workflow.permissions)).toEqual(['contents']);
    expect(workflow.permissions.contents).toBe(name === 'backup' ? 'write' : 'read');
    // What others may write, such as the name of a branch, comes in by the environment, never into the script.
    for (const job of Object.values<{ steps: { run?: string }[] }>(workflow.jobs)) {
      for (const { run: script = '' } of job.steps) expect(script).not.toContain('${{');
    }
  });
});
