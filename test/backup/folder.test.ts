import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFolder } from '../../src/backup/places.ts';
import { readLocalBot } from '../../src/local/read-bot.ts';
import { membersOf } from '../support/archive.ts';
import { sampleBots } from '../support/samples.ts';
import { exportBot, importedBot } from '../support/server.ts';
import { backupFolder, changesOf, folders, type Host, startHost, tree, usual } from './kit.ts';

const newFolder = folders();
let host: Host;

beforeAll(async () => {
  host = await startHost();
});
afterAll(() => host.server.close());

const own = (root: string) => path.join(root, 'bots');
const botsIn = (root: string) =>
  readdirSync(own(root), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
const recordOf = (root: string, id: string) => {
  const folder = botsIn(root).find((name) => name.endsWith(id)) ?? '';
  return JSON.parse(readFileSync(path.join(own(root), folder, 'bot.json'), 'utf8'));
};
/** What is kept of a bot, as the members of an archive. */
async function keptOf(root: string, id: string, copy: string): Promise<Map<string, Buffer>> {
  const folder = botsIn(root).find((name) => name.endsWith(id)) ?? '';
  const { members } = await readLocalBot(path.join(own(root), folder, copy), usual);
  return new Map(members.map(({ name, content }) => [name, content]));
}

describe('a backup into a folder', () => {
  test('holds what an export of every bot gives, of draft and published version', async () => {
    const root = newFolder();
    const [bank] = sampleBots();
    if (!bank) throw new Error('the sample bot is missing');
    const id = await importedBot(host.server, host.admin, bank);
    const small = await host.add('Small');
    await host.publish(small);
    await host.edit(small, 'Small', 'something else');
    await backupFolder(host, root);
    for (const [bot, copy, exportType] of [
      [id, 'draft', 'latest'],
      [small, 'draft', 'latest'],
      [small, 'published', 'published'],
    ] as const) {
      const { archive } = await exportBot(host.admin, bot, { exportType });
      expect(await keptOf(root, bot, copy)).toEqual(await membersOf(archive));
    }
    expect(readdirSync(path.join(own(root), botsIn(root).find((name) => name.endsWith(id)) ?? ''))).toEqual([
      'bot.json',
      'draft',
    ]);
  });

  test('writes nothing the second time, and does not even export', async () => {
    const root = newFolder();
    const id = await host.add('Steady');
    await host.publish(id);
    await backupFolder(host, root);
    const before = tree(root);
    const exports = await host.admin.get(`/api/public/bot/${id}/export/status`);
    expect(new Set(Object.values(changesOf(await backupFolder(host, root))))).toEqual(new Set(['unchanged']));
    expect(tree(root)).toEqual(before);
    expect((await host.admin.get(`/api/public/bot/${id}/export/status`)).body._id).toBe(exports.body._id);
  });

  test('writes only the files of what changed', async () => {
    const root = newFolder();
    const id = await host.add('Busy');
    await backupFolder(host, root);
    const before = tree(root);
    await host.edit(id, 'Busy', 'good morning');
    const outcomes = await backupFolder(host, root);
    expect(outcomes.filter(({ change }) => change !== 'unchanged')).toMatchObject([
      { id, change: 'changed', words: [expect.stringMatching(/^draft 2: \d files? written, 0 removed$/)] },
    ]);
    const after = tree(root);
    const changed = Object.keys(after).filter((file) => after[file] !== before[file]);
    expect(changed.length).toBeLessThan(5);
    for (const file of changed) expect(file).toContain(id);
  });

  test('keeps the folder of a bot that is renamed, and tells of the name', async () => {
    const root = newFolder();
    const id = await host.add('First name');
    await backupFolder(host, root);
    const before = botsIn(root);
    await host.edit(id, 'Second name', 'hello');
    const outcomes = await backupFolder(host, root);
    expect(outcomes.find((one) => one.id === id)?.words).toContain('renamed from "First name"');
    expect(botsIn(root)).toEqual(before);
    expect(before).toContain(`first-name-${id}`);
    expect(recordOf(root, id).name).toBe('Second name');
  });

  test('takes only the bots that are named, by id or name', async () => {
    const root = newFolder();
    const one = await host.add('Chosen one');
    await host.add('Chosen two');
    const outcomes = await backupFolder(host, root, { wanted: [one, 'Chosen two'] });
    expect(changesOf(outcomes)).toEqual({ 'Chosen one': 'new', 'Chosen two': 'new' });
    expect(botsIn(root)).toHaveLength(2);
  });

  test('refuses a bot the host does not have, and leaves nothing', async () => {
    const root = newFolder();
    await expect(backupFolder(host, root, { wanted: ['Nobody'] })).rejects.toMatchObject({ type: 'refused' });
    expect(readdirSync(root)).toEqual([]);
  });

  test('leaves out a bot without a published version where only those are asked for', async () => {
    const root = newFolder();
    await host.add('Draft only');
    const outcomes = await backupFolder(host, root, { wanted: ['Draft only'], copies: ['published'] });
    expect(changesOf(outcomes)).toEqual({ 'Draft only': 'unpublished' });
  });

  test('as archives keeps the bytes of the export', async () => {
    const root = newFolder();
    const id = await host.add('Zipped');
    await backupFolder(host, root, { form: 'zip', wanted: [id] });
    const kept = readFileSync(path.join(own(root), `zipped-${id}`, 'draft.zip'));
    expect(kept.equals((await exportBot(host.admin, id)).archive)).toBe(true);
    const before = tree(root);
    await backupFolder(host, root, { form: 'zip', wanted: [id] });
    expect(tree(root)).toEqual(before);
  });

  test.each(['exploded', 'zip'] as const)('redacted (%s) holds no secret, and is steady', async (form) => {
    const root = newFolder();
    const secret = `Bearer ${'k3Yz8Qw'.repeat(5)}`;
    const id = await host.add(`Secretive ${form}`, `authorization: ${secret}`);
    await backupFolder(host, root, { form, redacted: true, wanted: [id] });
    const place = path.join(own(root), `secretive-${form}-${id}`, form === 'zip' ? 'draft.zip' : 'draft');
    const { members } = await readLocalBot(place, usual);
    const all = members.map(({ content }) => String(content)).join('\n');
    expect(all).toContain('(botport-secret.');
    expect(all).not.toContain('k3Yz8Qw');
    const before = tree(root);
    await backupFolder(host, root, { form, redacted: true, wanted: [id] });
    expect(tree(root)).toEqual(before);
    await expect(backupFolder(host, root, { form })).rejects.toMatchObject({ type: 'backup_foreign' });
  });

  test('brings back what somebody removed from it', async () => {
    const root = newFolder();
    const id = await host.add('Removed by hand');
    await backupFolder(host, root, { wanted: [id] });
    const before = tree(root, { times: false });
    rmSync(path.join(own(root), `removed-by-hand-${id}`, 'draft'), { recursive: true });
    await backupFolder(host, root, { wanted: [id] });
    expect(tree(root, { times: false })).toEqual(before);
  });
});

describe('bots that the host has no more', () => {
  /** A backup with a bot that is in no list of the host. */
  async function withStray(): Promise<string> {
    const root = newFolder();
    await backupFolder(host, root);
    const folder = path.join(own(root), 'stray-st-00000000-0000-5000-8000-00000000dead');
    mkdirSync(folder);
    writeFileSync(
      path.join(folder, 'bot.json'),
      JSON.stringify({ id: 'st-00000000-0000-5000-8000-00000000dead', name: 'Stray' }),
    );
    return root;
  }

  test('are kept and marked, once', async () => {
    const root = await withStray();
    expect(changesOf(await backupFolder(host, root)).Stray).toBe('gone');
    expect(recordOf(root, 'st-00000000-0000-5000-8000-00000000dead').gone).toBe(true);
    const before = tree(root);
    expect(changesOf(await backupFolder(host, root)).Stray).toBeUndefined();
    expect(tree(root)).toEqual(before);
  });

  test('are removed with prune', async () => {
    const root = await withStray();
    expect(changesOf(await backupFolder(host, root, { prune: true })).Stray).toBe('removed');
    expect(botsIn(root).some((name) => name.startsWith('stray'))).toBe(false);
  });

  test('stay as they are where only some bots are asked for', async () => {
    const root = await withStray();
    const id = await host.add('Asked for');
    await backupFolder(host, root, { wanted: [id] });
    expect(recordOf(root, 'st-00000000-0000-5000-8000-00000000dead').gone).toBeUndefined();
  });
});

describe('a folder is refused', () => {
  test('that is the backup of another host', async () => {
    const root = newFolder();
    await backupFolder(host, root, { wanted: [await host.add('Mine')] });
    const open = () => openFolder(root, { ...usual, host: 'https://other.example' });
    await expect(open()).rejects.toMatchObject({ type: 'backup_foreign' });
  });

  test('that keeps bots in the other form', async () => {
    const root = newFolder();
    await backupFolder(host, root, { wanted: [await host.add('Formed')] });
    await expect(backupFolder(host, root, { form: 'zip' })).rejects.toMatchObject({ type: 'backup_foreign' });
  });

  test('whose bots are something else', async () => {
    const root = newFolder();
    mkdirSync(own(root));
    writeFileSync(path.join(own(root), 'robot.txt'), 'mine');
    await expect(backupFolder(host, root)).rejects.toMatchObject({ type: 'backup_foreign' });
    expect(readdirSync(own(root)).filter((name) => !name.startsWith('.'))).toEqual(['robot.txt']);
  });

  test('whose bots are a link', async () => {
    const [root, elsewhere] = [newFolder(), newFolder()];
    symlinkSync(elsewhere, own(root));
    await expect(backupFolder(host, root)).rejects.toMatchObject({ type: 'exploded_unsafe' });
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  test('whose record somebody broke', async () => {
    const root = newFolder();
    await backupFolder(host, root, { wanted: [await host.add('Broken')] });
    writeFileSync(path.join(own(root), 'backup.json'), '{');
    await expect(backupFolder(host, root)).rejects.toMatchObject({ type: 'backup_damaged' });
  });

  test('while another backup writes to it', async () => {
    const root = newFolder();
    const place = await openFolder(root, { ...usual, host: host.server.url });
    await expect(backupFolder(host, root)).rejects.toMatchObject({ type: 'backup_running' });
    place.close();
    await backupFolder(host, root, { wanted: [await host.add('After it')] });
  });
});

test('one bot that fails does not hold up the others', async () => {
  const root = newFolder();
  const [one, two] = [await host.add('Blocked'), await host.add('Free')];
  mkdirSync(own(root), { recursive: true });
  // A link where its folder belongs: writing there is refused.
  await backupFolder(host, root, { wanted: [two] });
  symlinkSync(newFolder(), path.join(own(root), `blocked-${one}`));
  await host.edit(two, 'Free', 'changed');
  const outcomes = await backupFolder(host, root, { wanted: [one, two] });
  expect(changesOf(outcomes)).toEqual({ Blocked: 'failed', Free: 'changed' });
  expect(outcomes.find(({ id }) => id === one)?.error).toMatchObject({ type: 'exploded_unsafe' });
  expect(existsSync(path.join(own(root), `free-${two}`, 'draft', 'botport.json'))).toBe(true);
});
