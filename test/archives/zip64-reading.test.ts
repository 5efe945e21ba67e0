import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { membersOf } from '../support/archive.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'botport-zip64-'));
afterAll(() => rmSync(folder, { recursive: true }));

const text = 'a definition, '.repeat(1000);
writeFileSync(path.join(folder, 'botDefinition.json'), text);

/** The archive a command leaves as bot.zip. */
function made(command: string, ...args: string[]): Buffer {
  const file = path.join(folder, 'bot.zip');
  rmSync(file, { force: true });
  execFileSync(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  return readFileSync(file);
}

/** A Python program that writes the archive to a file. */
const zipfile = (file: string) => `
import sys, zipfile
z = zipfile.ZipFile(${file}, 'w', zipfile.ZIP_DEFLATED)
with z.open('botDefinition.json', 'w', force_zip64=True) as member:
    member.write(open('botDefinition.json', 'rb').read())
z.close()`;

const zip64Field = Buffer.from([0x01, 0x00]);

test.each([
  ['zip with -fz', () => made('sh', '-c', 'zip -q -fz bot.zip botDefinition.json')],
  ['zipfile with force_zip64', () => made('python3', '-c', zipfile("open('bot.zip', 'wb')"))],
  [
    'zipfile with force_zip64 and data descriptors, to a pipe',
    () => made('sh', '-c', `python3 -c "${zipfile('sys.stdout.buffer')}" | cat > bot.zip`),
  ],
])('an archive with zip64 records is read: %s', async (_tool, make) => {
  const archive = make();
  expect(archive.includes(zip64Field)).toBe(true);
  expect([...(await membersOf(archive)).values()].map(String)).toEqual([text]);
});
