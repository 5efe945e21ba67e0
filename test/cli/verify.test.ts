import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolder, zipBot } from '../support/bot-files.ts';
import { lacking } from '../support/pages.ts';
import { botportInTerminal } from '../support/terminal.ts';
import { botport } from './run.ts';

const folder = scratchFolder();
const archive = await zipBot(path.join(folder, 'bot.zip'));
const sha256 = createHash('sha256').update(readFileSync(archive)).digest('hex');
const cut = path.join(folder, 'cut.zip');
writeFileSync(cut, readFileSync(archive).subarray(0, -30));

test('an archive that is whole ends with 0', async () => {
  const { code, stdout, stderr } = await botport(['verify', archive, '--sha256', sha256]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.split('\n').slice(0, 2)).toEqual([`${archive} (archive): whole`, `  sha256   ${sha256}`]);
});

test('one that is not ends with 1, and says why', async () => {
  const { code, stdout, stderr } = await botport(['verify', cut]);
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  expect(stdout).toMatch(/^.*cut\.zip: not whole$/m);
  expect(stdout).toMatch(/^ {2}error {4}.*cut\.zip: The file is not a readable zip archive: /m);
});

test('--json prints the findings', async () => {
  const { code, stdout } = await botport(['verify', cut, '--json']);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    path: cut,
    whole: false,
    findings: [{ severity: 'error', place: cut, type: 'zip_malformed', words: expect.any(String) }],
  });
});

test('--unedited wants the digest of a Botport host', async () => {
  const { code, stdout } = await botport(['verify', archive, '--unedited']);
  expect(code).toBe(1);
  expect(stdout).toContain('encryptedHash: does not fit the content');
});

test('in a terminal it prints the same', async ({ skip }) => {
  skip(lacking('script').length > 0, 'needs script (bsdutils)');
  const { code, output } = await botportInTerminal(['verify', cut]);
  expect(code).toBe(1);
  expect(output.replaceAll('\r\n', '\n')).toBe((await botport(['verify', cut])).stdout);
});

test.each([
  ['a digest that is none', [archive, '--sha256', 'abc'], 2],
  ['no path', [], 2],
  ['a path where nothing is', [path.join(folder, 'none.zip')], 3],
])('%s is refused', async (_what, args, code) => {
  expect(await botport(['verify', ...args])).toMatchObject({ code, stdout: '' });
});
