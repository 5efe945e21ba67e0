import { execFile, execFileSync } from 'node:child_process';
import {
  existsSync,
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
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../support/pages.ts';
import { callerOf, importedBot, startServer } from '../support/server.ts';

/*
 * The package as `npm pack` makes it, in a project that has installed it. npm would fetch the dependencies anew from
 * the network; here the folders that an installation would have are made by hand: the package is unpacked, and beside
 * it stand those packages, and no others, that `npm ls --omit=dev` names.
 */

const run = promisify(execFile);
const project = mkdtempSync(path.join(tmpdir(), 'botport-package-'));
const installed = path.join(project, 'node_modules/botport');
const typescript = path.join(root, 'node_modules/typescript/bin/tsc');
const sample = path.join(root, 'samples/tiny');
/** As a user has it: no setting of ours, and the installed command first. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('BOTPORT_')));
const inProject = (command: string, args: string[], more: Record<string, string> = {}) =>
  run(command, args, { cwd: project, env: { ...env, ...more } });
const write = (name: string, text: string) => writeFileSync(path.join(project, name), text);

beforeAll(async () => {
  const { stdout } = await run('npm', ['pack', '--json', '--silent', '--pack-destination', project], {
    cwd: root,
  });
  const tarball = readdirSync(project).find((name) => name.endsWith('.tgz'));
  if (!tarball) throw new Error(`npm pack made nothing: ${stdout}`);
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', path.join(project, tarball), '-C', installed, '--strip-components=1']);

  const listed = await run('npm', ['ls', '--omit=dev', '--all', '--parseable'], { cwd: root });
  const packages = new Set(listed.stdout.split('\n').flatMap(topPackage));
  for (const name of [...packages, '@types/node', 'undici-types']) {
    const place = path.join(project, 'node_modules', name);
    mkdirSync(path.dirname(place), { recursive: true });
    symlinkSync(path.join(root, 'node_modules', name), place);
  }
  // What npm makes of the member `bin`.
  mkdirSync(path.join(project, 'node_modules/.bin'));
  symlinkSync('../botport/bin/botport.js', path.join(project, 'node_modules/.bin/botport'));
  write('package.json', '{ "name": "project", "private": true, "type": "module" }');
});
afterAll(() => rmSync(project, { recursive: true }));

/** The package directly under `node_modules` that a path of `npm ls` is in. */
function topPackage(place: string): string[] {
  const [, name] = /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(place) ?? [];
  return name === undefined ? [] : [name];
}

/** Every file of the package. */
function filesOfPackage(): string[] {
  return readdirSync(installed, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(installed, path.join(entry.parentPath, entry.name)));
}

describe('the package', () => {
  test('holds JavaScript and types of every source, and no source', () => {
    const files = filesOfPackage();
    const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => name.slice(0, -'.ts'.length));
    for (const source of sources) {
      expect(files).toContain(`dist/${source}.js`);
      expect(files).toContain(`dist/${source}.d.ts`);
    }
    expect(files.filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))).toEqual([]);
  });

  test('holds nothing else but the launcher, the samples, and what says what it is', () => {
    const others = filesOfPackage().filter((name) => !/^(dist|samples)\//.test(name));
    expect(others.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'bin/botport.js', 'package.json']);
  });

  test('names no source in what it runs', () => {
    for (const name of filesOfPackage().filter((one) => /^dist\/.*\.js$/.test(one))) {
      const imports = readFileSync(path.join(installed, name), 'utf8').matchAll(
        /(?:from|import\() ?'(\.[^']+)'/g,
      );
      for (const [, target = ''] of imports) {
        expect(existsSync(path.resolve(installed, path.dirname(name), target)), `${name}: ${target}`).toBe(
          true,
        );
      }
    }
  });
});

describe('the installed command', () => {
  test('prints its help and its version', async () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    const printed = await inProject('npx', ['--offline', 'botport', '--version']);
    expect(printed.stdout.trim()).toBe(version);
    expect((await inProject('npx', ['--offline', 'botport', '--help'])).stdout).toMatch(/^Usage: botport /);
  });

  test('runs the demo: a server, an import in its thread, and exports', async () => {
    const { stdout, stderr } = await inProject('npx', ['--offline', 'botport', 'demo', '--out', 'archives']);
    // npm has remarks of its own about the settings of the machine.
    expect(stderr.replace(/^npm warn .*\n/gm, '')).toBe('');
    expect(stdout).toContain('all well');
    expect(readdirSync(path.join(project, 'archives'))).toHaveLength(3);
  });
});

describe('the installed SDK', () => {
  const types = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node'];

  test('has types that a strict compiler takes, those of the package itself included', async () => {
    write(
      'typed.ts',
      [
        "import { appTokens, type Client, ClientError, createClient } from 'botport';",
        "const client: Client = createClient({ host: 'http://127.0.0.1:1', token: appTokens({ clientId: '', clientSecret: '' }) });",
        "export const start: Promise<{ _id: string }> = client.exports.start('st-1', { exportType: 'latest' });",
        'export const isOurs = (error: unknown): boolean => error instanceof ClientError;',
      ].join('\n'),
    );
    await inProject(process.execPath, [typescript, ...types, '--skipLibCheck', 'false', 'typed.ts']);
  });

  test('has types that tell wrong use', async () => {
    write(
      'wrong.ts',
      "import { createClient } from 'botport';\ncreateClient({ hots: 'http://127.0.0.1:1' });",
    );
    await expect(inProject(process.execPath, [typescript, ...types, 'wrong.ts'])).rejects.toMatchObject({
      stdout: expect.stringContaining('hots'),
    });
  });

  test('works from plain JavaScript', async () => {
    const server = await startServer();
    try {
      const app = await server.createApp();
      const caller = await callerOf(server, app);
      const definition = readFileSync(path.join(sample, 'botDefinition.json'));
      const bot = await importedBot(server, caller, { definition });
      write(
        'script.js',
        [
          "import { appTokens, createClient } from 'botport';",
          'const { HOST: host, BOT: bot, ID: clientId, SECRET: clientSecret } = process.env;',
          'const client = createClient({ host, token: appTokens({ clientId, clientSecret }) });',
          "const { _id } = await client.exports.start(bot, { exportType: 'latest' });",
          'const { size } = await client.exports.wait(bot, { id: _id });',
          'console.log(size > 1000);',
        ].join('\n'),
      );
      const { stdout } = await inProject(process.execPath, ['script.js'], {
        HOST: server.url,
        BOT: bot,
        ID: app.clientId,
        SECRET: app.clientSecret,
      });
      expect(stdout).toBe('true\n');
    } finally {
      await server.close();
    }
  });

  test('gives nothing of the server away', async () => {
    write('deep.js', "import 'botport/dist/serve.js';");
    await expect(inProject(process.execPath, ['deep.js'])).rejects.toMatchObject({
      stderr: expect.stringContaining('ERR_PACKAGE_PATH_NOT_EXPORTED'),
    });
  });
});
