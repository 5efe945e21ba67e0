import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { applyEnvironment } from '../../src/environment/apply-environment.ts';
import { readEnvironment } from '../../src/environment/read-environment.ts';
import { readLocalBot } from '../../src/local/read-bot.ts';
import { makeZip } from '../archives/zip-kit.ts';
import { cases, freshBot, membersOf } from '../secrets/corpus.ts';
import { lacking } from '../support/pages.ts';
import { botportInTerminal } from '../support/terminal.ts';
import { botport } from './run.ts';

const root = mkdtempSync(path.join(tmpdir(), 'botport-redact-'));
afterAll(() => rmSync(root, { recursive: true }));

let count = 0;
let scratch: string;
const at = (name: string) => path.join(scratch, name);
beforeEach(() => {
  count += 1;
  scratch = path.join(root, String(count));
  mkdirSync(scratch);
});

const planted = ['Azure Storage, 1', 'a password that somebody chose, 1', 'a key in a script, 2'].map(
  (title) => cases.find((one) => one.title === title) ?? expect.fail(title),
);
const bot = freshBot();
for (const { plant } of planted) plant(bot);
const members = membersOf(bot);
const archive = makeZip(members);
const limits = { maxUnpacked: 1e9 };

async function write(form: string): Promise<string> {
  if (form === 'archive' || form === 'exploded') writeFileSync(at('bot.zip'), archive);
  if (form === 'archive') return at('bot.zip');
  if (form === 'definition') writeFileSync(at('one.json'), members[0]?.content ?? '');
  if (form === 'definition') return at('one.json');
  if (form === 'exploded') await botport(['explode', at('bot.zip'), at('bot')]);
  else {
    mkdirSync(at('bot'));
    for (const { name, content } of members) writeFileSync(path.join(at('bot'), name), content);
  }
  return at('bot');
}

describe.each(['archive', 'folder', 'exploded', 'definition'])('redact of a bot that is a(n) %s', (form) => {
  test('writes it in the same form; the environment file, which only its owner reads, gives it back', async () => {
    const from = await write(form);
    const before = (await readLocalBot(from, limits)).members;
    const { code, stdout, stderr } = await botport(['redact', from, at('out')]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('replaced; ');
    for (const { secret } of planted) expect(stdout).not.toContain(secret.slice(0, 9));

    const file = at('out.secrets.yaml');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { members: redacted } = await readLocalBot(at('out'), limits);
    expect(redacted).not.toEqual(before);
    expect(applyEnvironment(redacted, readEnvironment(file, {})).members).toEqual(before);
    expect((await readLocalBot(from, limits)).members).toEqual(before);
    expect((await botport(['scan', at('out')])).code).toBe(0);
  });
});

test('redact tells what it replaced by which name, as JSON too', async () => {
  const from = await write('archive');
  const { stdout } = await botport(['redact', from, at('out.zip'), '--json', '--env', at('secrets.yaml')]);
  const told = JSON.parse(stdout);
  expect(told).toMatchObject({ out: at('out.zip'), environmentFile: at('secrets.yaml') });
  expect(told.replaced.map(({ name }: { name: string }) => name)).toEqual([
    'SORT_RATES_PASSWORD',
    'ENDPOINT',
    'BOT_FUNCTIONS_PEM',
  ]);
});

test('redact of a redacted bot changes nothing, and writes no environment file', async () => {
  await botport(['redact', await write('archive'), at('one.zip')]);
  const { code, stdout } = await botport(['redact', at('one.zip'), at('two.zip')]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${at('two.zip')}: no secrets found\n` });
  expect(readFileSync(at('two.zip'))).toEqual(readFileSync(at('one.zip')));
  expect(existsSync(at('two.secrets.yaml'))).toBe(false);
});

test('redact does not replace an environment file, unless it is forced to', async () => {
  const from = await write('archive');
  writeFileSync(at('out.secrets.yaml'), 'mine', { mode: 0o600 });
  const { code, stderr } = await botport(['redact', from, at('out.zip')]);
  expect(code).toBe(2);
  expect(stderr).toContain('is there already');
  expect(existsSync(at('out.zip'))).toBe(false);
  expect(readFileSync(at('out.secrets.yaml'), 'utf8')).toBe('mine');
  expect((await botport(['redact', from, at('out.zip'), '--force'])).code).toBe(0);
  expect(readFileSync(at('out.secrets.yaml'), 'utf8')).toContain('ENDPOINT');
});

test('redact does not write over what it reads, under whatever name', async () => {
  const from = await write('archive');
  symlinkSync(from, at('link.zip'));
  for (const to of [from, at('link.zip')]) expect((await botport(['redact', from, to])).code).toBe(2);
  const env = await botport(['redact', from, at('out.zip'), '--env', from]);
  expect(env.code).toBe(2);
  expect(readFileSync(from)).toEqual(archive);
});

test('redact does not put the secrets into the folder of the bot', async () => {
  const from = await write('folder');
  const { code, stderr } = await botport([
    'redact',
    from,
    at('out'),
    '--env',
    path.join(at('out'), 's.yaml'),
  ]);
  expect(code).toBe(2);
  expect(stderr).toContain('would be in the folder of the bot');
  expect(existsSync(at('out'))).toBe(false);
});

test('redact does not write into a folder with something else in it', async () => {
  const from = await write('folder');
  mkdirSync(at('out'));
  writeFileSync(path.join(at('out'), 'mine'), '');
  const { code } = await botport(['redact', from, at('out')]);
  expect(code).toBe(2);
  expect(readdirSync(at('out'))).toEqual(['mine']);
});

test.skipIf(process.getuid?.() === 0)('redact that cannot write leaves nothing behind', async () => {
  const from = await write('archive');
  mkdirSync(at('closed'));
  chmodSync(at('closed'), 0o500);
  const { code } = await botport(['redact', from, path.join(at('closed'), 'out.zip'), '--env', at('s.yaml')]);
  expect(code).toBe(3);
  expect(readdirSync(scratch).sort()).toEqual(['bot.zip', 'closed']);
});

test('redact whose place is missing leaves nothing behind', async () => {
  const from = await write('archive');
  const { code } = await botport(['redact', from, at('no/such/out.zip'), '--env', at('s.yaml')]);
  expect(code).toBe(3);
  expect(readdirSync(scratch)).toEqual(['bot.zip']);
});

test.skipIf(lacking('script').length > 0)('redact prints the same in a terminal', async () => {
  const from = await write('archive');
  const { code, output } = await botportInTerminal(['redact', from, at('out.zip')]);
  expect(code).toBe(0);
  expect(output).toContain('3 secrets replaced');
});
