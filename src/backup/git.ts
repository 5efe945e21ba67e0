import type { Bot } from '../client/replies.ts';
import { type BackupTarget, type FetchedCopy, type Kept, wordsOfState } from './backup.ts';
import type { Copy, State } from './copies.ts';
import { type FolderBackup, ownFolder } from './folder.ts';
import type { GitChange, Repository } from './repository.ts';

/** A backup in a folder of a git repository: a bot that changed is a commit. */
export class GitBackup implements BackupTarget {
  readonly #folder: FolderBackup;
  readonly #repository: Repository;
  /** What an earlier run, broken off, has left without a commit: nothing there counts as backed up. */
  readonly #dirty: readonly string[];

  private constructor(folder: FolderBackup, repository: Repository, dirty: readonly string[]) {
    this.#folder = folder;
    this.#repository = repository;
    this.#dirty = dirty;
  }

  /** Commits the record of the backup, where that is new. Throws `backup_git_failed`. */
  static async open(folder: FolderBackup, repository: Repository): Promise<GitBackup> {
    const own = [`${ownFolder}/backup.json`, `${ownFolder}/.gitattributes`];
    await repository.commit(own, () => 'Begin a backup of bots');
    return new GitBackup(folder, repository, await repository.dirty(ownFolder));
  }

  async has(bot: Bot, copy: Copy, state: State): Promise<boolean> {
    return !this.#isDirty(bot) && (await this.#folder.has(bot, copy, state));
  }

  hasAny(bot: Bot, copy: Copy): Promise<boolean> {
    return this.#folder.hasAny(bot, copy);
  }

  async keep(bot: Bot, copies: readonly FetchedCopy[]): Promise<Kept> {
    const kept = await this.#folder.keep(bot, copies);
    const states = copies.map(({ copy, state }) => wordsOfState(copy, state));
    const title = [titleOf(bot.name, bot._id), ...(states.length > 0 ? [states.join(', ')] : [])].join(': ');
    const commit = await this.#repository.commit([this.#folder.folderOf(bot)], (changes) =>
      [title, ...describe(kept, changes)].join('\n'),
    );
    if (commit === undefined) return kept;
    // A commit that an earlier run did not come to.
    return kept.change === 'unchanged' ? { change: 'changed', words: ['committed'] } : kept;
  }

  /** Commits that bots are gone, or were removed; also where an earlier run did not come to it. */
  async commitEnds(): Promise<void> {
    const dirty = await this.#repository.dirty(ownFolder);
    for (const folder of new Set(dirty.map((file) => file.split('/')[1] ?? ''))) {
      const end = this.#folder.endOf(folder);
      if (!end) continue;
      const message =
        end.change === 'removed'
          ? `Remove ${folder}, which is gone from the host`
          : `${titleOf(end.record.name, end.record.id)}: gone from the host`;
      await this.#repository.commit([`${ownFolder}/${folder}`], () => message);
    }
  }

  #isDirty(bot: Bot): boolean {
    const place = this.#folder.folderOf(bot);
    return this.#dirty.some((file) => file === place || file.startsWith(`${place}/`));
  }
}

/** One line, whatever the name is. */
function titleOf(name: string, id: string): string {
  return `${name.replaceAll(/\s+/g, ' ').trim()} (${id})`;
}

/** Most sections of a copy that are told of one by one. */
const mostSections = 20;

/** What a commit changes, section by section: the files of a section stand in its folder. */
function describe({ change, words }: Kept, changes: readonly GitChange[]): string[] {
  const remarks = words.filter((word) => /^(renamed|there again)/.test(word));
  if (change === 'new') return ['', 'Backed up for the first time.', ...remarks];
  const lines: string[] = [];
  for (const [copy, ofCopy] of groupBy(changes, ({ path }) => /\/(draft|published)\//.exec(path)?.[1])) {
    const sections = groupBy(ofCopy, ({ path }) => sectionOf(path));
    const texts = [...sections].map(([section, list]) => `${section}: ${countsOf(list)}`).sort();
    const more = texts.length - mostSections;
    lines.push('', `In the ${copy === 'draft' ? 'draft' : 'published version'}:`);
    lines.push(...texts.slice(0, mostSections).map((text) => `  ${text}`));
    if (more > 0) lines.push(`  and ${more} more`);
  }
  return [...(remarks.length > 0 ? ['', ...remarks] : []), ...lines];
}

function groupBy<T>(list: readonly T[], keyOf: (one: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of list) {
    const key = keyOf(one);
    if (key !== undefined) groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return groups;
}

/** `…/definition/dialogs/welcome-1a2b.json` is of the section `dialogs`; a file beside the definition is its own. */
function sectionOf(file: string): string {
  const [, inside] = /\/definition\/(.+)$/.exec(file) ?? [];
  return inside?.split('/')[0]?.replace(/\.json$/, '') ?? file.slice(file.lastIndexOf('/') + 1);
}

function countsOf(changes: readonly GitChange[]): string {
  const kinds = ['added', 'changed', 'removed'] as const;
  return kinds
    .map((kind) => [changes.filter(({ change }) => change === kind).length, kind] as const)
    .filter(([count]) => count > 0)
    .map(([count, kind]) => `${count} ${kind}`)
    .join(', ');
}
