import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientErrors } from '../../src/client/errors.ts';
import * as sdk from '../../src/client/index.ts';
import { blocksOf, folderLikeTheRepository, root, run } from '../support/pages.ts';
import { sampleBots } from '../support/samples.ts';
import { callerOf, importedBot, startServer, type TestServer } from '../support/server.ts';

const page = readFileSync(path.join(root, 'docs/sdk.md'), 'utf8');

/** The examples as one program: they go on from each other. */
function program(host: string): string {
  const blocks = blocksOf(page, 'ts sdk');
  const imports = blocks.flatMap((block) => block.match(/^import .*;$/gm) ?? []);
  const rest = blocks.map((block) => block.replace(/^import .*;\n/gm, ''));
  return [...imports, ...rest]
    .join('\n')
    .replaceAll("'botport'", "'./src/client/index.ts'")
    .replaceAll('http://127.0.0.1:8080', host);
}

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startServer();
  folder = folderLikeTheRepository();
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await server.close();
});

test('the examples of the page run as they stand, one after the other', async () => {
  const app = await server.createApp();
  const tiny = sampleBots().find(({ name }) => name.endsWith('tiny'));
  if (!tiny) throw new Error('the sample is missing');
  await importedBot(server, await callerOf(server, app), tiny);
  writeFileSync(path.join(folder, 'examples.ts'), program(server.url));
  const { code, output } = await run([process.execPath, 'examples.ts'], folder, {
    BOTPORT_CLIENT_ID: app.clientId,
    BOTPORT_CLIENT_SECRET: app.clientSecret,
  });
  expect({ code, output }).toEqual({
    code: 0,
    output: expect.stringMatching(
      /^bot\.zip: \d+ bytes, SHA-256 [0-9a-f]{64}\nst-[0-9a-f-]{36} is published\n[\s\S]*refused 400 invalid_stream_id\n$/,
    ),
  });
  execFileSync('unzip', ['-tqq', path.join(folder, 'bot.zip')]);
});

test('the examples of the page are typed', () => {
  writeFileSync(path.join(folder, 'typed.ts'), program('http://127.0.0.1:8080'));
  writeFileSync(
    path.join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: path.join(root, 'tsconfig.json'), include: ['typed.ts'] }),
  );
  const tsc = path.join(root, 'node_modules/.bin/tsc');
  expect(() => execFileSync(tsc, ['-p', folder], { stdio: 'pipe' })).not.toThrow();
});

test('every member of the client and every one of its calls stands in the table', () => {
  const client = sdk.createClient({ host: 'http://127.0.0.1', token: 't' });
  for (const [member, calls] of Object.entries(client)) {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${member}\` `));
    for (const call of Object.keys(calls)) expect(row, `${member}.${call}`).toContain(`\`${call}\``);
  }
});

test('every type of error stands in the table', () => {
  const [, table = ''] = /## Errors\n([\s\S]*?)\n## /.exec(page) ?? [];
  const types = [...table.matchAll(/^\| (`[^|]*`) +\|/gm)].flatMap(
    ([, cell = '']) => cell.match(/\w+/g) ?? [],
  );
  expect(types.filter((type) => type !== 'type').sort()).toEqual(Object.keys(clientErrors).sort());
});
