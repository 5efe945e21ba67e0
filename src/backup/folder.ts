import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { sortMembers } from '../archives/members.ts';
import type { Bot } from '../client/replies.ts';
import { type BotMember, explodeBot, safeName, slug } from '../definition/layout.ts';
import { redactBot } from '../definition/secrets/redact.ts';
import { BotportError } from '../errors.ts';
import { packMembers } from '../exploded/pack.ts';
import { isExploded, isExplosionUnfinished, isFolder } from '../exploded/read-folder.ts';
import { replaceFile } from '../exploded/replace-file.ts';
import { writeFolder } from '../exploded/write-folder.ts';
import { readArchive } from '../local/read-archive.ts';
import { type BackupTarget, type FetchedCopy, type Kept, wordsOfState } from './backup.ts';
import { type Copy, nameOfCopy, type State } from './copies.ts';
import {
  type BackupRecord,
  type BotRecord,
  backupRecord,
  botRecord,
  readRecord,
  writeRecord,
} from './record.ts';

/** The folder in a backup that is its own. */
export const ownFolder = 'bots';

const recordOfBackup = 'backup.json';
const recordOfBot = 'bot.json';

/** How a folder keeps each copy. */
export type FolderForm = BackupRecord['form'];

export interface FolderOptions {
  host: string;
  form: FolderForm;
  redacted: boolean;
  maxUnpacked: number;
}

/**
 * A backup in a folder: `bots/` in it, with a folder for each bot. Whatever is broken off, the next run brings it to the
 * same end: the record of a bot names no state while its copies are being written.
 */
export class FolderBackup implements BackupTarget {
  readonly #own: string;
  readonly #options: FolderOptions;
  /** The folders of bots, by the ids. */
  readonly #folders = new Map<string, string>();

  /** Throws `backup_foreign` for a backup of another host or form, `backup_damaged`, `exploded_unsafe`. */
  constructor(root: string, options: FolderOptions) {
    this.#own = makeOwnFolder(root);
    this.#options = options;
    const { host, form, redacted } = options;
    const file = path.join(this.#own, recordOfBackup);
    clearRemains(this.#own);
    const record = readRecord(file, backupRecord);
    if (record) refuseOther(record, options, this.#own);
    else if (readdirSync(this.#own).some((name) => !name.startsWith('.'))) {
      throw new BotportError('backup_foreign', `${this.#own} holds something else`);
    }
    for (const folder of foldersIn(this.#own)) {
      clearRemains(path.join(this.#own, folder));
      const bot = readRecord(this.#recordFile(folder), botRecord);
      if (bot) this.#folders.set(bot.id, folder);
    }
    writeRecord(file, { format: 1, host, form, redacted } satisfies BackupRecord);
    // That git gives all of it back as it is, whatever it does to line ends elsewhere.
    const attributes = path.join(this.#own, '.gitattributes');
    if (!lstatSync(attributes, { throwIfNoEntry: false })) writeFileSync(attributes, '* -text\n');
  }

  /** The folder of a bot, relative to the root, as git names paths. */
  folderOf(bot: { _id: string; name: string }): string {
    return `${ownFolder}/${this.#folderName(bot)}`;
  }

  async has(bot: Bot, copy: Copy, { digest }: State): Promise<boolean> {
    return this.#recordOf(bot._id)?.[nameOfCopy[copy]]?.digest === digest && (await this.hasAny(bot, copy));
  }

  async hasAny(bot: Bot, copy: Copy): Promise<boolean> {
    const folder = this.#folders.get(bot._id);
    if (folder === undefined) return false;
    const place = path.join(this.#own, folder, this.#nameOf(copy));
    const found = lstatSync(place, { throwIfNoEntry: false });
    if (this.#options.form === 'zip') return found?.isFile() ?? false;
    return (found?.isDirectory() ?? false) && isExploded(place) && !isExplosionUnfinished(place);
  }

  async keep(bot: Bot, copies: readonly FetchedCopy[]): Promise<Kept> {
    const before = this.#recordOf(bot._id);
    const folder = this.#folderName(bot);
    if (!isFolder(this.#own, folder)) mkdirSync(path.join(this.#own, folder));
    this.#folders.set(bot._id, folder);
    const words: string[] = [];
    if (before && before.name !== bot.name) words.push(`renamed from ${JSON.stringify(before.name)}`);
    if (before?.gone) words.push('there again');

    const { draft, published } = before ?? {};
    const record = { id: bot._id, name: bot.name, draft, published };
    for (const { copy } of copies) record[nameOfCopy[copy]] = undefined;
    // First of all: a run that is broken off must not leave the name of a state beside another content.
    writeRecord(this.#recordFile(folder), record);
    for (const { copy, state, file } of copies) {
      const change = await this.#write(path.join(folder, this.#nameOf(copy)), file);
      if (change) words.push(`${wordsOfState(copy, state)}: ${change}`);
      record[nameOfCopy[copy]] = state;
    }
    writeRecord(this.#recordFile(folder), record);
    return { change: !before ? 'new' : words.length > 0 ? 'changed' : 'unchanged', words };
  }

  /** Marks the bots that are not among these as gone. Gives those that were not marked before. */
  markGone(there: ReadonlySet<string>): BotRecord[] {
    return this.#gone(there).flatMap(({ record, folder }) => {
      if (record.gone) return [];
      writeRecord(this.#recordFile(folder), { ...record, gone: true });
      return [record];
    });
  }

  /** Removes the bots that are not among these. */
  prune(there: ReadonlySet<string>): BotRecord[] {
    return this.#gone(there).map(({ record, folder }) => {
      rmSync(path.join(this.#own, folder), { recursive: true });
      return record;
    });
  }

  /** How the bot of a folder ended; undefined where it did not. */
  endOf(folder: string): { change: 'removed' } | { change: 'gone'; record: BotRecord } | undefined {
    if (!isFolder(this.#own, folder)) return { change: 'removed' };
    const record = readRecord(this.#recordFile(folder), botRecord);
    return record?.gone ? { change: 'gone', record } : undefined;
  }

  #gone(there: ReadonlySet<string>): { record: BotRecord; folder: string }[] {
    return [...this.#folders].flatMap(([id, folder]) => {
      const record = there.has(id) ? undefined : this.#recordOf(id);
      return record ? [{ record, folder }] : [];
    });
  }

  /** Makes a place hold the bot in an archive. Says what that changed; undefined where nothing did. */
  async #write(place: string, archive: string): Promise<string | undefined> {
    const target = path.join(this.#own, place);
    const { definition, members } = await this.#read(archive);
    if (this.#options.form === 'zip') {
      // The archives of some hosts differ in nothing but times.
      if (await holdsSame(target, members, this.#options)) return undefined;
      const content = this.#options.redacted ? await packMembers(members) : readFileSync(archive);
      replaceFile(target, content);
      return `${content.length} bytes`;
    }
    const files = explodeBot(members, definition.name);
    const { written, removed } = writeFolder(target, files, this.#options.maxUnpacked);
    if (written + removed === 0) return undefined;
    return `${written} ${written === 1 ? 'file' : 'files'} written, ${removed} removed`;
  }

  async #read(archive: string): Promise<{ definition: BotMember; members: BotMember[] }> {
    const bot = await readArchive(archive, this.#options);
    if (!this.#options.redacted) return bot;
    const { members } = redactBot(bot.members);
    return { definition: sortMembers({ members }).definition, members };
  }

  #nameOf(copy: Copy): string {
    return this.#options.form === 'zip' ? `${nameOfCopy[copy]}.zip` : nameOfCopy[copy];
  }

  /** The folder a bot has, or is to get: its first name, for people, and its id. */
  #folderName({ _id, name }: { _id: string; name: string }): string {
    return this.#folders.get(_id) ?? [slug(name), safeName(_id)].filter((word) => word !== '').join('-');
  }

  #recordFile(folder: string): string {
    return path.join(this.#own, folder, recordOfBot);
  }

  #recordOf(id: string): BotRecord | undefined {
    const folder = this.#folders.get(id);
    return folder === undefined ? undefined : readRecord(this.#recordFile(folder), botRecord);
  }
}

/** Makes the folder of a backup that is its own, and gives its path. Throws `exploded_unsafe` for a link. */
export function makeOwnFolder(root: string): string {
  mkdirSync(root, { recursive: true });
  const own = path.join(root, ownFolder);
  if (!isFolder(root, ownFolder)) mkdirSync(own);
  return own;
}

/** The folders of bots; links are nobody's. */
function foldersIn(own: string): string[] {
  const entries = readdirSync(own, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name);
}

/** Removes what was being written when an earlier run was broken off; nobody else writes now. */
function clearRemains(folder: string): void {
  for (const name of readdirSync(folder)) if (remains.test(name)) rmSync(path.join(folder, name));
}

const remains = /^(backup\.json|bot\.json|draft\.zip|published\.zip)\.[0-9a-f-]{36}\.partial$/;

/** Whether an archive has just these members. */
async function holdsSame(
  archive: string,
  members: readonly BotMember[],
  limits: { maxUnpacked: number },
): Promise<boolean> {
  if (!lstatSync(archive, { throwIfNoEntry: false })?.isFile()) return false;
  try {
    const { members: old } = await readArchive(archive, limits);
    return (
      old.length === members.length &&
      old.every(({ name, content }, index) => {
        const other = members[index];
        return other?.name === name && other.content.equals(content);
      })
    );
  } catch (error) {
    // Damaged since: to be replaced.
    if (error instanceof BotportError) return false;
    throw error;
  }
}

function refuseOther(record: BackupRecord, { host, form, redacted }: FolderOptions, own: string): void {
  if (record.host !== host) {
    throw new BotportError('backup_foreign', `${own} holds the bots of ${record.host}, not of ${host}`);
  }
  if (record.form !== form) {
    throw new BotportError('backup_foreign', `${own} holds ${record.form} bots, not ${form} ones`);
  }
  if (record.redacted !== redacted) {
    const words = (are: boolean) => (are ? 'redacted bots' : 'bots with their secrets');
    throw new BotportError(
      'backup_foreign',
      `${own} holds ${words(record.redacted)}, not ${words(redacted)}`,
    );
  }
}
