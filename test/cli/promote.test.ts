import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Host, startHost } from '../backup/kit.ts';
import { lacking } from '../support/pages.ts';
import { botportInTerminal } from '../support/terminal.ts';
import { botport, type Outcome } from './run.ts';

const root = mkdtempSync(path.join(tmpdir(), 'botport-promote-cli-'));
let host: Host;
let files = 0;

beforeAll(async () => {
  host = await startHost();
});
afterAll(async () => {
  await host.server.close();
  rmSync(root, { recursive: true });
});

const newFile = (name = 'plan.json') => path.join(root, `${++files}-${name}`);
const variables = () => ({
  BOTPORT_CLIENT_ID: host.app.clientId,
  BOTPORT_CLIENT_SECRET: host.app.clientSecret,
});
const hosts = () => ['--from', host.server.url, '--to', host.server.url];
const run = (...args: string[]): Promise<Outcome> => botport(['promote', ...args], variables());

/** Two bots of one host: one that was worked on, and the one it goes into. */
async function pair(name: string): Promise<{ here: string; there: string }> {
  const here = await host.add(`${name}, development`, 'worked on');
  const there = await host.add(`${name}, production`, 'as it was');
  return { here, there };
}
const drafts = async (id: string) => (await host.client.bots.drafts(id)).length;

test('plan, look, apply: and then there is nothing left to do', async () => {
  const { here, there } = await pair('Whole way');
  await host.publish(here);
  const plan = newFile();
  const args = [here, ...hosts(), '--into', there, '--publish', 'Release 7'];
  const planned = await run(...args, '--plan', plan);
  expect(planned).toMatchObject({ code: 1, stderr: '' });
  expect(planned.stdout).toContain('The published version of "Whole way, development"');
  expect(planned.stdout).toContain('0 created');
  expect(planned.stdout).toContain('Then it is published: "Release 7"');
  expect(await drafts(there)).toBe(1);

  const applied = await run('--apply', plan);
  expect(applied).toMatchObject({ code: 0, stderr: '' });
  expect(applied.stdout).toContain(`${there}: imported and published`);
  expect(applied.stdout).toContain(`To go back: botport rollback ${there} --to-draft 1`);
  expect(await drafts(there)).toBe(2);

  const again = await run(...args, '--plan', plan);
  expect(again).toMatchObject({ code: 0, stderr: '' });
  expect(again.stdout).toContain('There is nothing to do.');
});

test('hosts are profiles, each with an app of its own', async () => {
  const prod = await startHost();
  try {
    const config = newFile('config.yaml');
    writeFileSync(
      config,
      JSON.stringify({
        hosts: {
          dev: { url: host.server.url, clientId: host.app.clientId, clientSecret: { env: 'DEV_SECRET' } },
          prod: { url: prod.server.url, clientId: prod.app.clientId, clientSecret: { env: 'PROD_SECRET' } },
        },
      }),
    );
    const secrets = {
      BOTPORT_CONFIG: config,
      DEV_SECRET: host.app.clientSecret,
      PROD_SECRET: prod.app.clientSecret,
    };
    const here = await host.add('Between profiles');
    const added = await botport(
      ['promote', here, '--from', 'dev', '--to', 'prod', '--type', 'latest', '--new', '--keep-id', '--yes'],
      secrets,
    );
    expect(added).toMatchObject({ code: 0, stderr: '' });
    await host.edit(here, 'Between profiles', 'worked on');
    const backup = await botport(['backup', '--host', 'dev', '--to', 'prod', '--bot', here], secrets);
    expect(backup).toMatchObject({ code: 0, stdout: expect.stringContaining('Backup of draft 2') });
    const plan = newFile();
    const args = ['promote', here, '--from', 'dev', '--to', 'prod', '--type', 'latest', '--plan', plan];
    expect(await botport(args, secrets)).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(readFileSync(plan, 'utf8'))).toMatchObject({ from: 'dev', to: 'prod', changes: false });
  } finally {
    await prod.server.close();
  }
});

test('a plan of what has moved since is refused', async () => {
  const { here, there } = await pair('Moved');
  const plan = newFile();
  await run(here, ...hosts(), '--into', there, '--type', 'latest', '--plan', plan);
  await host.edit(there, 'Moved, production', 'by somebody else');
  const { code, stderr } = await run('--apply', plan);
  expect(code).toBe(3);
  expect(stderr).toContain('The plan is outdated; nothing was changed');
  expect(await drafts(there)).toBe(2);
});

test('--yes does it at once, with an environment, and prints JSON without its secrets', async () => {
  const { here, there } = await pair('At once');
  await host.edit(here, 'At once, development', 'see https://dev.example (botport-secret.API_KEY)');
  const env = newFile('prod.yaml');
  writeFileSync(
    env,
    'urls:\n  https://dev.example: https://prod.example\nsecrets:\n  API_KEY: {env: PROD_KEY}\n',
  );
  const { code, stdout, stderr } = await botport(
    ['promote', here, ...hosts(), '--into', there, '--type', 'latest', '--env', env, '--yes', '--json'],
    { ...variables(), PROD_KEY: 'hunter2-very-secret' },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({
    bot: { id: here },
    environment: { secrets: { API_KEY: 1 }, urls: { 'https://dev.example': 1 } },
    done: { botId: there, imported: true, published: false },
  });
  expect(stdout).not.toContain('hunter2');
});

test('without a terminal and without --yes nothing is done', async () => {
  const { here, there } = await pair('Unasked');
  const { code, stderr } = await run(here, ...hosts(), '--into', there, '--type', 'latest');
  expect(code).toBe(2);
  expect(stderr).toContain('--yes');
  expect(await drafts(there)).toBe(1);
});

test.each([
  ['y\n', 0, 2],
  ['n\n', 1, 1],
])('in a terminal it asks; %j ends with %i', async (typed, code, expected) => {
  if (lacking('script').length > 0) return;
  const { here, there } = await pair(`Asked ${code}`);
  const args = ['promote', here, ...hosts(), '--into', there, '--type', 'latest'];
  const outcome = await botportInTerminal(args, variables(), { typed });
  expect(outcome.output).toContain('replaced');
  expect(outcome.output).toContain('[y/N]');
  expect(outcome.code).toBe(code);
  expect(await drafts(there)).toBe(expected);
});

test('the plan as Markdown is fit for a pull request', async () => {
  const { here, there } = await pair('Down <b>mark</b>');
  const plan = newFile();
  const { stdout } = await run(
    here,
    ...hosts(),
    '--into',
    there,
    '--type',
    'latest',
    '--plan',
    plan,
    '--markdown',
  );
  expect(stdout).toMatch(/^### The draft of "Down \\<b\\>mark/);
  expect(stdout).toContain('| section | state |');
  expect(JSON.parse(readFileSync(plan, 'utf8'))).toMatchObject({ format: 1, changes: true });
});

test.each([
  [['st-1', '--yes'], '--to'],
  [['st-1', '--to', 'http://127.0.0.1:1', '--keep-id', '--yes'], '--keep-id is for a --new bot'],
  [['st-1', '--to', 'http://127.0.0.1:1', '--new', '--tasks', 'botTask', '--yes'], 'no parts with --new'],
  [['--to', 'http://127.0.0.1:1', '--yes'], 'no bot is given'],
  [['--apply', '/nonexistent'], 'there is no file'],
  [['st-1', '--apply', 'plan.json'], 'not with a bot'],
  [['--apply', 'plan.json', '--env', 'x', '--keep-id'], 'not with --env, --keep-id'],
  [['st-1', '--to', 'x', '--plan', 'a', '--yes'], 'cannot be used with'],
])('%j is wrong use', async (args, words) => {
  const { code, stderr, stdout } = await run(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(words);
});
