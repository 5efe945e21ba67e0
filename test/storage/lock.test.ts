import { once } from 'node:events';
import { statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { lockDataFolder } from '../../src/storage/lock.ts';
import { outputOf, startProcess, temporaryFolders } from './support.ts';

const newFolder = temporaryFolders();
const inUse = expect.objectContaining({ type: 'data_folder_in_use' });

test('a second server in the same process is refused until the first releases', () => {
  const folder = newFolder();
  const lock = lockDataFolder(folder);
  expect(() => lockDataFolder(folder)).toThrow(inUse);
  lock.release();
  lock.release();
  lockDataFolder(folder).release();
});

test('folders do not disturb one another, and missing ones are made', () => {
  const folder = path.join(newFolder(), 'new', 'data');
  const locks = [lockDataFolder(newFolder()), lockDataFolder(folder)];
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  for (const lock of locks) lock.release();
});

test('a second process is refused, also where it is the child', async () => {
  const folder = newFolder();
  const lock = lockDataFolder(folder);
  expect(await outputOf(startProcess('lock-process.ts', folder))).toBe('data_folder_in_use');
  lock.release();
});

test('the lock of a killed process is free', async () => {
  const folder = newFolder();
  const holder = startProcess('lock-process.ts', folder);
  expect(String((await once(holder.stdout, 'data'))[0])).toBe('locked\n');
  expect(() => lockDataFolder(folder)).toThrow(inUse);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  lockDataFolder(folder).release();
});
