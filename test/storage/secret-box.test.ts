import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openSecretBox } from '../../src/storage/secret-box.ts';
import { outputOf, startProcess, temporaryFolders } from './support.ts';

const newFolder = temporaryFolders();
const mismatch = expect.objectContaining({ type: 'data_key_mismatch' });
const keyFile = (folder: string) => path.join(folder, 'botport.key');

test('what was sealed opens again, with the same context, also after a restart', () => {
  const folder = newFolder();
  const box = openSecretBox(folder);
  const restarted = openSecretBox(folder);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (plain, context) => {
      expect(restarted.open(box.seal(plain, context), context)).toBe(plain);
    }),
  );
});

test('another context does not open it', () => {
  const box = openSecretBox(newFolder());
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (plain, context, other) => {
      fc.pre(context !== other);
      expect(() => box.open(box.seal(plain, context), other)).toThrow(mismatch);
    }),
  );
});

test('a changed, cut or foreign text does not open', () => {
  const box = openSecretBox(newFolder());
  const sealed = Buffer.from(box.seal('a client secret', 'cs-1'), 'base64');
  for (let index = 0; index < sealed.length; index++) {
    const changed = Buffer.from(sealed);
    changed[index] = (changed[index] ?? 0) ^ 1;
    expect(() => box.open(changed.toString('base64'), 'cs-1')).toThrow(mismatch);
    expect(() => box.open(sealed.subarray(0, index).toString('base64'), 'cs-1')).toThrow(mismatch);
  }
  expect(() => box.open('', 'cs-1')).toThrow(mismatch);
  expect(() => box.open('no base64 at all!', 'cs-1')).toThrow(mismatch);
});

test('the same secret is never sealed to the same text', () => {
  const box = openSecretBox(newFolder());
  expect(box.seal('a', 'cs-1')).not.toBe(box.seal('a', 'cs-1'));
});

test('the key of another folder does not open it', () => {
  const sealed = openSecretBox(newFolder()).seal('a', 'cs-1');
  expect(() => openSecretBox(newFolder()).open(sealed, 'cs-1')).toThrow(mismatch);
});

test('a file that is no key is refused and left alone', () => {
  for (const text of ['', 'abc', `${'0'.repeat(63)}g`, '0'.repeat(65)]) {
    const folder = newFolder();
    writeFileSync(keyFile(folder), text, { mode: 0o600 });
    expect(() => openSecretBox(folder)).toThrow(mismatch);
    expect(readFileSync(keyFile(folder), 'utf8')).toBe(text);
  }
});

test.each([0o644, 0o660, 0o602])('a key file of mode %o, open to others, is refused', (mode) => {
  const folder = newFolder();
  openSecretBox(folder);
  chmodSync(keyFile(folder), mode);
  expect(() => openSecretBox(folder)).toThrow(expect.objectContaining({ type: 'data_key_exposed' }));
});

test('derived keys depend on purpose and folder, and stay', () => {
  const folder = newFolder();
  const box = openSecretBox(folder);
  expect(box.deriveKey('links')).toHaveLength(32);
  expect(box.deriveKey('links')).toEqual(openSecretBox(folder).deriveKey('links'));
  expect(box.deriveKey('links')).not.toEqual(box.deriveKey('pages'));
  expect(box.deriveKey('links')).not.toEqual(openSecretBox(newFolder()).deriveKey('links'));
});

test('the key file is for its user alone, and nothing is left beside it', () => {
  const folder = path.join(newFolder(), 'data');
  openSecretBox(folder);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(keyFile(folder)).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['botport.key']);
});

test('processes that start at once on a new folder share one key', async () => {
  const folder = path.join(newFolder(), 'data');
  const processes = Array.from({ length: 4 }, () => startProcess('open-process.ts', folder));
  for (const child of processes) child.stdin.end('go\n');
  const keys = (await Promise.all(processes.map(outputOf))).map((output) => output.split(' ')[0]);
  expect(new Set(keys)).toEqual(new Set([openSecretBox(folder).deriveKey('test').toString('hex')]));
});
