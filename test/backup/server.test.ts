import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Copy } from '../../src/backup/copies.ts';
import { openServer } from '../../src/backup/places.ts';
import { membersOf, withoutRewritten } from '../support/archive.ts';
import { exportBot } from '../support/server.ts';
import { backupInto, changesOf, type Host, startHost } from './kit.ts';

let host: Host;
let vault: Host;

beforeAll(async () => {
  [host, vault] = await Promise.all([startHost(), startHost()]);
});
afterAll(async () => {
  await Promise.all([host.server.close(), vault.server.close()]);
});

const backup = (copies: Copy[] = ['latest'], wanted: string[] = []) =>
  backupInto(host, () => openServer(vault.client), { copies, wanted });
const versions = async (id: string) =>
  (await vault.client.versions.list(id)).map(({ number, comment }) => [number, comment]);
const definitionOf = async (on: Host, id: string, exportType: string) =>
  withoutRewritten(
    String(
      (await membersOf((await exportBot(on.admin, id, { exportType })).archive)).get('botDefinition.json'),
    ),
  );

test('a backup onto a server is a version of each bot, under its own id', async () => {
  const id = await host.add('Kept');
  expect(changesOf(await backup())).toMatchObject({ Kept: 'new' });
  expect(await versions(id)).toEqual([[1, 'Backup of draft 1']]);
  expect(await definitionOf(vault, id, 'published')).toBe(await definitionOf(host, id, 'latest'));
});

test('a second one does nothing', async () => {
  const id = await host.add('Unmoved');
  await backup();
  const before = (await vault.client.bots.drafts(id)).length;
  expect(new Set(Object.values(changesOf(await backup())))).toEqual(new Set(['unchanged']));
  expect(await versions(id)).toHaveLength(1);
  expect(await vault.client.bots.drafts(id)).toHaveLength(before);
});

test('each state that a bot has had at a backup is a version, also one that it has again', async () => {
  const id = await host.add('Moving', 'one');
  await backup(['latest'], [id]);
  for (const says of ['two', 'one']) {
    await host.edit(id, 'Moving', says);
    expect(changesOf(await backup(['latest'], [id]))).toEqual({ Moving: 'changed' });
    expect(await definitionOf(vault, id, 'published')).toBe(await definitionOf(host, id, 'latest'));
  }
  expect(await versions(id)).toHaveLength(3);
});

test('published versions can be backed up instead of drafts', async () => {
  const id = await host.add('Released', 'released');
  await host.publish(id);
  await host.edit(id, 'Released', 'in the making');
  await backup(['published'], [id]);
  expect(await versions(id)).toEqual([[1, 'Backup of published version 1']]);
  expect(await definitionOf(vault, id, 'published')).toBe(await definitionOf(host, id, 'published'));
});

test('what was imported and not published, as the run was broken off, is published by the next one', async () => {
  const id = await host.add('Broken off');
  const { archive } = await exportBot(host.admin, id);
  const zipInfo = await vault.client.files.upload('bot.zip', new Uint8Array(archive));
  const { _id } = await vault.client.imports.start({ zipInfo }, { keepId: true });
  await vault.client.imports.wait(_id);
  expect(await versions(id)).toEqual([]);
  await backup(['latest'], [id]);
  expect(await versions(id)).toHaveLength(1);
  expect(await vault.client.bots.drafts(id)).toHaveLength(1);
});
