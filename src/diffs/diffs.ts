import { covers } from '../auth/app-bots.ts';
import type { Caller } from '../auth/caller.ts';
import { requireBotOfApp } from '../auth/permissions.ts';
import type { Bots } from '../bots/bots.ts';
import { snapshotOf } from '../bots/states.ts';
import type { Difference } from '../definition/diff/difference.ts';
import { readOptions } from '../definition/options.ts';
import { BotportError } from '../errors.ts';
import { parseStoredBody } from '../exports/make-archive.ts';
import { resolve } from '../exports/resolve.ts';
import type { Staging } from '../imports/staging.ts';
import type { Uploads } from '../imports/uploads.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';
import type { Db } from '../storage/database.ts';
import type { SegmentStore } from '../storage/segment-store.ts';
import { compare } from './compare.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { type Side, sideOf } from './side.ts';
import { readSideName, type SideName } from './side-name.ts';
import { takenSide } from './taken.ts';

/** One of the two bots, as a reader knows it again. */
export interface ComparedSide {
  /** As the caller named it. */
  side: string;
  /** `version 2 of "Travel"`. */
  words: string;
}

export interface ComparedBots {
  from: ComparedSide;
  to: ComparedSide;
  difference: Difference;
}

export interface Diffs {
  /**
   * What `to` has other than `from`; `limit` is how many items are told one by one. Writes nothing that stays.
   *
   * Throws `invalid_side`, `invalid_credentials`, `invalid_stream_id`, `no_published_version`, `unknown_version`, `invalid_request_id`,
   * `export_not_ready`, `invalid_file_id`, `difference_too_large`, and of a file what an import of it fails with.
   */
  diff(
    caller: Caller,
    names: { from: string; to: string },
    limit: number,
    signal: AbortSignal,
  ): Promise<ComparedBots>;
}

export interface DiffsDeps {
  db: Db;
  bots: Bots;
  snapshots: Snapshots;
  segments: SegmentStore;
  uploads: Uploads;
  staging: Staging;
}

/** Most bytes of text that are read of one section; those of most bots have a hundredth of it. */
const mostBytes = 256 * 1024 ** 2;

/** What every zip with something in it begins with (APPNOTE 4.3.7); anything else is taken for a definition. */
const zipStart = Buffer.from('PK');

/** What a name stands for, before anything of it is read. */
interface Found {
  words: string;
  /** Opens the side for as long as the action runs. */
  use<T>(action: (side: Side) => Promise<T>): Promise<T>;
}

export function openDiffs({ db, bots, snapshots, segments, uploads, staging }: DiffsDeps): Diffs {
  function snapshotSide(digest: string): Found['use'] {
    return (action) => snapshots.useState(digest, (state) => action(sideOf(state, segments)));
  }

  async function findState(
    caller: Caller,
    { kind, botId, number }: SideName & { kind: 'draft' | 'version' },
  ): Promise<Found> {
    await requireBotOfApp({ covers: (who, id) => covers(db, who, id) }, caller, botId);
    const bot = await bots.get(caller, botId);
    const of = `of ${JSON.stringify(bot.name)}`;
    if (kind === 'draft' && number === undefined) {
      return { words: `the draft ${of}`, use: snapshotSide(bot.draft) };
    }
    const wanted = number ?? bot.published;
    if (wanted === null) throw new BotportError('no_published_version');
    const digest = await snapshotOf(db, botId, kind === 'draft' ? 'latest' : 'published', wanted);
    if (digest === undefined) throw new BotportError('unknown_version', `${kind} ${wanted}`);
    return { words: `${kind} ${wanted} ${of}`, use: snapshotSide(digest) };
  }

  async function findExport(caller: Caller, { exportId }: SideName & { kind: 'export' }): Promise<Found> {
    const row = await db
      .selectFrom('export_requests')
      .innerJoin('bots', 'bots.id', 'export_requests.bot_id')
      .select(['bot_id', 'bots.name', 'status', 'body', 'snapshot', 'export_type'])
      .where('export_requests.id', '=', exportId)
      .where('bots.account_id', '=', caller.accountId)
      .executeTakeFirst();
    if (!row || !(await covers(db, caller, row.bot_id)))
      throw new BotportError('invalid_request_id', exportId);
    if (row.status !== 'success') throw new BotportError('export_not_ready', `${exportId} is ${row.status}`);
    const { snapshot } = row;
    const use = snapshotSide(snapshot);
    const options = readOptions(parseStoredBody(row.body));
    return {
      words: `the export (${row.export_type}) of ${JSON.stringify(row.name)}`,
      use: (action) =>
        use(async (side) => {
          const manifest = await snapshots.manifest(snapshot);
          const { selection } = await resolve(options, manifest, () => snapshots.references(snapshot));
          return action(await takenSide(side, selection, segments, mostBytes));
        }),
    };
  }

  async function findFile(
    caller: Caller,
    { fileId }: SideName & { kind: 'file' },
    signal: AbortSignal,
  ): Promise<Found> {
    const upload = await uploads.find(caller.accountId, fileId);
    if (!upload) throw new BotportError('invalid_file_id', fileId);
    const start = await uploads.read(upload.id, 0, Math.min(upload.size, zipStart.length));
    const source = start.equals(zipStart)
      ? ({ mode: 'ZIP', zip: upload } as const)
      : ({ mode: 'definition', definition: upload } as const);
    return {
      words: `the file ${JSON.stringify(upload.fileName)}`,
      use: (action) =>
        staging.use({ type: 'files', source }, signal, ({ snapshot }) => {
          const side = sideOf(snapshot, segments);
          return action(source.mode === 'ZIP' ? side : { ...side, files: undefined });
        }),
    };
  }

  function find(caller: Caller, name: SideName, signal: AbortSignal): Promise<Found> {
    if (name.kind === 'export') return findExport(caller, name);
    if (name.kind === 'file') return findFile(caller, name, signal);
    return findState(caller, name);
  }

  const twoFiles = new OneAtATime();

  return {
    async diff(caller, names, limit, signal) {
      const [fromName, toName] = [readSideName(names.from), readSideName(names.to)];
      const from = await find(caller, fromName, signal);
      const to = await find(caller, toName, signal);
      const work = () =>
        from.use((before) =>
          to.use((after) => compare(segments, before, after, { limit, mostBytes, signal })),
        );
      // Each file waits for a place in staging: two that hold one and wait for another would wait for ever.
      const areFiles = fromName.kind === 'file' && toName.kind === 'file';
      const difference = await (areFiles ? twoFiles.run(work) : work());
      return {
        from: { side: names.from, words: from.words },
        to: { side: names.to, words: to.words },
        difference,
      };
    },
  };
}
