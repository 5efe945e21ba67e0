import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { keepDraft, listDrafts } from '../../src/bots/drafts.ts';
import { removeOldDrafts, removeOldVersions } from '../../src/bots/retention.ts';
import { rollBack } from '../../src/bots/rollback.ts';
import { changeVersion, deleteVersion, listVersions } from '../../src/bots/versions.ts';
import { keepRecipe, makeArchive } from '../../src/exports/make-archive.ts';
import { publishJob } from '../../src/publishing/publish-job.ts';
import { removeOldPublishes } from '../../src/publishing/retention.ts';
import { type CollectOptions, collect } from '../../src/snapshots/collect.ts';
import { applyDelta } from '../../src/snapshots/delta.ts';
import { abandonAllIngests, abandonIngest, beginIngest, endIngest } from '../../src/snapshots/ingests.ts';
import { type Manifest, manifestRuns, parseManifest } from '../../src/snapshots/manifest.ts';
import { readDigests } from '../../src/snapshots/outline.ts';
import { openSnapshots, type Snapshots } from '../../src/snapshots/snapshots.ts';
import { readTextForm, type TextForm } from '../../src/snapshots/text-form.ts';
import { chainTo } from '../../src/snapshots/thaw.ts';
import { verifyStore } from '../../src/snapshots/verify.ts';
import { type Db, openDatabase, type Tx } from '../../src/storage/database.ts';
import { unpackText } from '../../src/storage/packed-text.ts';
import { type SegmentStore, segmentsInDatabase } from '../../src/storage/segment-store.ts';
import { temporaryFolders } from '../storage/support.ts';
import { type IngestedBot, ingestInMemory, segmentsInMemory } from '../support/segments.ts';
import { smallDefinition } from '../support/server.ts';

/*
 * The collection against a model that knows nothing of deltas, marks and numbers: it remembers which bot has which
 * content where, and what follows from that is what has to be there.
 */

const newFolder = temporaryFolders();

/** A content: which of three variants each of three sections and the config is. Contents share what they have alike. */
type Content = readonly [number, number, number, number];
const content: fc.Arbitrary<Content> = fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(1));

interface Known extends IngestedBot {
  text: TextForm;
}
const made = new Map<string, Promise<Known>>();

function known(variants: Content): Promise<Known> {
  const key = String(variants);
  const before = made.get(key);
  if (before) return before;
  const making = make(variants);
  made.set(key, making);
  return making;
}

async function make([dialogs, sentences, patterns, config]: Content): Promise<Known> {
  // More than a section that stands in the manifest may have.
  const items = (section: string, variant: number) =>
    Array.from({ length: 12 }, (_, index) => ({
      _id: `${section}-${index}`,
      refId: `ref-${section}-${index}`,
      localeData: { en: { name: `${section} ${index}` } },
      words: `${index % 4 === variant ? `variant ${variant} of ` : ''}${'as ever '.repeat(20)}`,
    }));
  const definition = smallDefinition({
    dialogs: items('dialogs', dialogs),
    sentences: items('sentences', sentences),
    patterns: items('patterns', patterns),
  });
  const taken = await ingestInMemory({
    definition: (async function* () {
      yield Buffer.from(JSON.stringify(definition));
    })(),
    config: Buffer.from(JSON.stringify({ name: `Config ${config}`, envVariables: [] })),
    others: [{ name: 'icon.png', content: Buffer.from([1, 2, 0xff, sentences]) }],
  });
  return { ...taken, text: await readTextForm(segmentsInMemory(taken.segments), taken.manifest) };
}

/** Where things are picked from what there is, by a number. */
const pick = fc.nat(20);

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('new bot' as const), content }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('replace' as const), bot: pick, content }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('ask to publish' as const), bot: pick }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('publish' as const), of: pick }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('roll back' as const), bot: pick, to: pick }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('pin' as const), of: pick, pinned: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete version' as const), of: pick }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('keep versions' as const),
      newest: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('keep drafts' as const), newest: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('forget publishes' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('ask for export' as const), bot: pick, draft: pick }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('make archive' as const), of: pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove export' as const), of: pick }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('remove draft' as const), bot: pick, draft: pick }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove newest bot' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('begin ingest' as const), content, segments: fc.nat(6) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('end ingest' as const), of: pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abandon ingest' as const), of: pick }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('read' as const), of: pick }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const collection = fc.record({
  do: fc.constant('collect' as const),
  /** Whether what was used a moment ago may be frozen. */
  freezes: fc.integer({ min: 0, max: 3 }).map((n) => n > 0),
  /** What befalls it, at which of its calls to the database. */
  fate: fc.oneof(
    { weight: 3, arbitrary: fc.constant('nothing' as const) },
    fc.constantFrom('killed' as const, 'one call fails' as const, 'aborted' as const),
  ),
  at: fc.nat(18),
  /** What others do between its calls. */
  between: fc.array(fc.record({ at: fc.nat(12), step }), { maxLength: 5 }),
});
type Collection = typeof collection extends fc.Arbitrary<infer C> ? C : never;

interface Bot {
  id: string;
  drafts: { number: number; content: Known }[];
  versions: Version[];
}
interface Version {
  number: number;
  content: Known;
  pinned: boolean;
}
/** A request to publish. */
interface Publish {
  id: string;
  bot: Bot;
  content: Known;
  isPending: boolean;
}
interface Export {
  id: string;
  bot: Bot;
  content: Known;
  /** Once it is made. */
  recipe: string | undefined;
}
interface Ingest {
  name: string;
  number: number;
  content: Known;
  stored: number;
}

/** A store, who works on it, and what should be in it. */
class World {
  readonly #db: Db;
  readonly #segments: SegmentStore;
  readonly #account: string;
  /** Goes with the process that has it. */
  #snapshots: Snapshots;
  #bots: Bot[] = [];
  #exports: Export[] = [];
  #publishes: Publish[] = [];
  #ingests: Ingest[] = [];
  #names = 0;
  #watcher: Watcher | undefined;
  readonly #watched: Db;

  constructor(db: Db, account: string) {
    this.#db = db;
    this.#account = account;
    this.#watched = watched(db, {
      before: () => this.#watcher?.before(),
      after: async () => this.#watcher?.after(),
    });
    this.#segments = segmentsInDatabase(db);
    this.#snapshots = openSnapshots(this.#watched, this.#segments);
  }

  static async open(): Promise<World> {
    const db = await openDatabase(newFolder());
    const { id } = await db.selectFrom('accounts').select('id').executeTakeFirstOrThrow();
    return new World(db, id);
  }

  close(): Promise<void> {
    return this.#db.destroy();
  }

  async take(one: Step): Promise<void> {
    switch (one.do) {
      case 'new bot':
        return this.#store(await known(one.content), undefined);
      case 'replace':
        return this.#store(await known(one.content), at(this.#bots, one.bot));
      case 'publish':
        return this.#publish(
          at(
            this.#publishes.filter(({ isPending }) => isPending),
            one.of,
          ),
        );
      case 'ask to publish':
        return this.#askToPublish(at(this.#bots, one.bot));
      case 'roll back':
        return this.#rollBack(at(this.#bots, one.bot), one.to);
      case 'pin':
        return this.#pin(at(this.#versions(), one.of), one.pinned);
      case 'delete version':
        return this.#deleteVersion(at(this.#versions(), one.of));
      case 'keep versions':
        return this.#keepVersions(one.newest);
      case 'keep drafts':
        return this.#keepDrafts(one.newest);
      case 'forget publishes':
        return this.#forgetPublishes();
      case 'ask for export':
        return this.#askForExport(at(this.#bots, one.bot), one.draft);
      case 'make archive':
        return this.#makeArchive(
          at(
            this.#exports.filter(({ recipe }) => !recipe),
            one.of,
          ),
        );
      case 'remove export':
        return this.#removeExport(at(this.#exports, one.of));
      case 'remove draft':
        return this.#removeDraft(at(this.#bots, one.bot), one.draft);
      case 'remove newest bot':
        // Any other would leave a gap in their numbers.
        return this.#removeBot(this.#bots.at(-1));
      case 'begin ingest':
        return this.#beginIngest(await known(one.content), one.segments);
      case 'end ingest':
        return this.#endIngest(at(this.#ingests, one.of));
      case 'abandon ingest':
        return this.#abandonIngest(at(this.#ingests, one.of));
      case 'read':
        return this.#read(at([...this.#needed().values()], one.of));
    }
  }

  /** A collection as it may happen: others work meanwhile, and it may not come to its end. Says whether it did not. */
  async collect({ freezes, fate, at: end, between }: Collection): Promise<boolean> {
    const aborting = new AbortController();
    const steps = [...between].sort((one, other) => one.at - other.at);
    let line = Promise.resolve();
    let call = 0;
    this.#watcher = {
      before() {
        // Steps go through the same database.
        if (inStep.getStore()) return;
        call += 1;
        const isOver = fate === 'one call fails' ? call === end : call >= end;
        if (!isOver || fate === 'nothing') return;
        if (fate === 'aborted') aborting.abort(new Error('broken off'));
        else throw new Error('broken off');
      },
      after: async () => {
        if (inStep.getStore()) return;
        for (let next = steps[0]; next && next.at <= call; next = steps[0]) {
          steps.shift();
          const { step: one } = next;
          line = line.then(() => inStep.run(true, () => this.take(one)));
        }
        // A step may have to wait for the collection.
        await Promise.race([line, turns(20)]);
      },
    };
    const { signal } = aborting;
    const ending = collect(this.#watched, this.#snapshots, { ...freezing(freezes), signal });
    const wasBroken = await ending.then(
      () => false,
      (error: Error) => {
        if (fate === 'nothing' || error.message !== 'broken off') throw error;
        return true;
      },
    );
    this.#watcher = undefined;
    await line;
    if (fate === 'killed') await this.#startAgain();
    return wasBroken;
  }

  /** Collects to the end with nobody else there: then nothing is left but what is needed. */
  async tidy(): Promise<void> {
    for (const open of [...this.#ingests]) await this.#abandonIngest(open);
    await this.#forgetPublishes();
    await collect(this.#db, this.#snapshots, freezing(true));
    await this.#checkNothingElse();
    const report = await verifyStore(this.#db);
    expect(report.faults).toEqual([]);
    expect(report.unreferenced).toEqual({ segments: 0, recipes: 0 });
    const again = await collect(this.#db, this.#snapshots, freezing(true));
    expect(again).toMatchObject({ recipes: 0, snapshots: 0, segments: 0, bytes: 0 });
    for (const one of this.#needed().values()) await this.#read(one);
  }

  /** Everything needed is there and comes out as it went in. Changes nothing. */
  async check(): Promise<void> {
    for (const { digest, text } of this.#needed().values()) {
      const { from, deltas } = await chainTo(this.#db, digest);
      const ready = await readTextForm(this.#segments, await this.#manifest(from));
      expect(deltas.reduce(applyDelta, ready)).toEqual(text);
    }
    for (const { content: coming, stored } of this.#ingests) {
      const digests = coming.segments.slice(0, stored).map(({ digest }) => digest);
      expect([...(await this.#segments.getAll(digests)).keys()].sort()).toEqual(digests.sort());
    }
    for (const { id, drafts, versions } of this.#bots) {
      const all = { limit: 1_000 };
      expect(
        (await listDrafts(this.#db, id, all)).map(({ number, digest }) => [number, digest]).reverse(),
      ).toEqual(drafts.map((draft) => [draft.number, draft.content.digest]));
      expect(
        (await listVersions(this.#db, id, all))
          .map(({ number, digest, pinned, current }) => [number, digest, pinned, current])
          .reverse(),
      ).toEqual(versions.map((one) => [one.number, one.content.digest, one.pinned, one === versions.at(-1)]));
    }
    const recipes = new Set(await this.#column('recipes', 'digest'));
    for (const { recipe } of this.#exports) if (recipe) expect(recipes).toContain(recipe);
  }

  async #checkNothingElse(): Promise<void> {
    await this.check();
    const needed = this.#needed();
    const rows = await this.#db.selectFrom('snapshots').select(['id', 'digest', 'base']).execute();
    // A snapshot nobody needs stays only as long as another stands upon it.
    const stays = new Set(needed.keys());
    for (const { digest } of rows.filter((row) => stays.has(row.digest))) {
      let row = rows.find((one) => one.digest === digest);
      while (row) {
        stays.add(row.digest);
        const base = row.base;
        row = rows.find(({ id }) => id === base);
      }
    }
    expect(rows.map(({ digest }) => digest).sort()).toEqual([...stays].sort());

    const ready = await this.#column('manifests', 'snapshot');
    for (const { drafts, versions } of this.#bots) {
      expect(ready).toContain(drafts.at(-1)?.content.digest);
      if (versions.length > 0) expect(ready).toContain(versions.at(-1)?.content.digest);
    }
    const named = new Set<string>();
    for (const { snapshot, bytes } of await this.#db.selectFrom('outlines').selectAll().execute()) {
      // One that was thawed has none.
      expect(ready).toContain(snapshot);
      for (const digest of readDigests(bytes)) named.add(digest);
    }
    for (const digest of ready)
      for (const run of manifestRuns(await this.#manifest(digest))) named.add(run.digest);
    expect(await this.#column('segments', 'digest')).toEqual([...named].sort());
    const recipes = new Set(this.#exports.flatMap(({ recipe }) => recipe ?? []));
    expect(await this.#column('recipes', 'digest')).toEqual([...recipes].sort());
  }

  /** The contents anything needs, by their digests. */
  #needed(): Map<string, Known> {
    const all = [
      ...this.#bots.flatMap(({ drafts, versions }) => [...drafts, ...versions].map((one) => one.content)),
      ...this.#exports.map((one) => one.content),
      ...this.#publishes.map((one) => one.content),
    ];
    return new Map(all.map((one) => [one.digest, one]));
  }

  async #store(coming: Known, into: Bot | undefined): Promise<void> {
    await this.#beginIngest(coming, coming.segments.length);
    const open = this.#ingests.at(-1);
    if (open) await this.#endIngest(open, into);
  }

  async #beginIngest(coming: Known, count: number): Promise<void> {
    const name = `bir-${++this.#names}`;
    const number = await beginIngest(this.#db, name);
    const open: Ingest = { name, number, content: coming, stored: 0 };
    this.#ingests.push(open);
    await this.#storeUpTo(open, count);
  }

  async #storeUpTo(open: Ingest, end: number): Promise<void> {
    const some = open.content.segments.slice(open.stored, end);
    await this.#db.transaction().execute((tx) => this.#segments.put(tx, some, open.number));
    open.stored += some.length;
  }

  async #endIngest(open: Ingest | undefined, into?: Bot): Promise<void> {
    if (!open) return;
    await this.#storeUpTo(open, open.content.segments.length);
    const bot = into ?? { id: `st-${open.name}`, drafts: [], versions: [] };
    await this.#db.transaction().execute(async (tx) => {
      await endIngest(tx, open.number);
      const id = await this.#snapshots.put(tx, open.content);
      if (into)
        await tx.updateTable('bots').set({ draft: open.content.digest }).where('id', '=', bot.id).execute();
      else await tx.insertInto('bots').values(this.#botRow(bot.id, open)).execute();
      await keepDraft(tx, bot.id, id, 'u-1');
    });
    this.#ingests = this.#ingests.filter((one) => one !== open);
    if (!into) this.#bots.push(bot);
    const last = bot.drafts.at(-1);
    if (last?.content.digest === open.content.digest) return;
    bot.drafts.push({ number: (last?.number ?? 0) + 1, content: open.content });
  }

  #botRow(id: string, { number, content: { digest } }: Ingest) {
    return {
      id,
      account_id: this.#account,
      name: 'A bot',
      description: '',
      type: 'default',
      purpose: 'customer',
      default_language: 'en',
      draft: digest,
      published: null,
      newest_export: null,
      newest_publish: null,
      created_by: 'u-1',
      created_at: number,
      ordinal: this.#bots.length,
    };
  }

  async #abandonIngest(open: Ingest | undefined): Promise<void> {
    if (!open) return;
    await abandonIngest(this.#db, open.name);
    this.#ingests = this.#ingests.filter((one) => one !== open);
  }

  #versions(): { bot: Bot; version: Version }[] {
    return this.#bots.flatMap((bot) => bot.versions.map((version) => ({ bot, version })));
  }

  async #askToPublish(bot: Bot | undefined): Promise<void> {
    const draft = bot?.drafts.at(-1);
    if (!bot || !draft) return;
    const id = `ds-${++this.#names}`;
    await this.#db.transaction().execute(async (tx) => {
      await tx
        .insertInto('publish_requests')
        .values({
          id,
          bot_id: bot.id,
          status: 'pending',
          comment: '',
          snapshot: draft.content.digest,
          version: null,
          failure: null,
          created_by: 'u-1',
          created_at: 0,
          finished_at: null,
        })
        .execute();
      await tx
        .insertInto('jobs')
        .values({ kind: 'publish', request_id: id, attempts: 0, run_at: 0, lease: null, lease_until: null })
        .execute();
      await tx.updateTable('bots').set({ newest_publish: id }).where('id', '=', bot.id).execute();
    });
    this.#publishes.push({ id, bot, content: draft.content, isPending: true });
  }

  async #publish(asked: Publish | undefined): Promise<void> {
    if (!asked) return;
    const { id, bot, content: pinned } = asked;
    const write = await publishJob(this.#db, this.#snapshots, async () => undefined).run(id, {
      signal: new AbortController().signal,
      attempt: 1,
      report: () => {},
      whenWritten: () => {},
    });
    await this.#db.transaction().execute(async (tx) => {
      await write(tx);
      await tx.deleteFrom('jobs').where('request_id', '=', id).execute();
    });
    const number = (bot.versions.at(-1)?.number ?? 0) + 1;
    bot.versions.push({ number, content: pinned, pinned: false });
    asked.isPending = false;
  }

  /** What is over stays as long as it is the newest of its bot. */
  async #forgetPublishes(): Promise<void> {
    const isNewest = (one: Publish) => this.#publishes.findLast(({ bot }) => bot === one.bot) === one;
    const kept = this.#publishes.filter((one) => one.isPending || isNewest(one));
    expect(await removeOldPublishes(this.#db)).toBe(this.#publishes.length - kept.length);
    this.#publishes = kept;
  }

  async #rollBack(bot: Bot | undefined, to: number): Promise<void> {
    if (!bot) return;
    const targets = [
      ...bot.drafts.map(({ number, content: old }) => ({ target: { draft: number }, old })),
      ...bot.versions.map(({ number, content: old }) => ({ target: { version: number }, old })),
    ];
    const chosen = at(targets, to);
    const last = bot.drafts.at(-1);
    if (!chosen || !last) return;
    const { target, old } = chosen;
    const deps = { db: this.#db, snapshots: this.#snapshots };
    const { draft, changed } = await rollBack(deps, bot.id, target, 'u-1');
    expect(changed).toBe(old.digest !== last.content.digest);
    if (!changed) return;
    expect(draft).toBe(last.number + 1);
    bot.drafts.push({ number: draft, content: old });
  }

  async #pin(chosen: { bot: Bot; version: Version } | undefined, pinned: boolean): Promise<void> {
    if (!chosen) return;
    const { bot, version } = chosen;
    await changeVersion(this.#db, bot.id, version.number, { pinned }, 'u-1');
    version.pinned = pinned;
  }

  async #deleteVersion(chosen: { bot: Bot; version: Version } | undefined): Promise<void> {
    if (!chosen) return;
    const { bot, version } = chosen;
    const deleting = deleteVersion(this.#db, bot.id, version.number, 'u-1');
    if (version === bot.versions.at(-1)) await expect(deleting).rejects.toThrow('published');
    else if (version.pinned) await expect(deleting).rejects.toThrow('pinned');
    else {
      await deleting;
      bot.versions = bot.versions.filter((one) => one !== version);
    }
  }

  async #keepVersions(newest: number): Promise<void> {
    await removeOldVersions(this.#db, newest);
    for (const bot of this.#bots) {
      const first = bot.versions.length - newest;
      bot.versions = bot.versions.filter(({ pinned }, index) => pinned || index >= first);
    }
  }

  async #keepDrafts(newest: number): Promise<void> {
    await removeOldDrafts(this.#db, newest);
    for (const bot of this.#bots) bot.drafts = bot.drafts.slice(-newest);
  }

  async #askForExport(bot: Bot | undefined, which: number): Promise<void> {
    const draft = bot && at(bot.drafts, which);
    if (!bot || !draft) return;
    const id = `ber-${++this.#names}`;
    await this.#db.transaction().execute(async (tx) => {
      await tx
        .insertInto('export_requests')
        .values({
          id,
          bot_id: bot.id,
          status: 'pending',
          export_type: 'latest',
          body: exportBody,
          snapshot: draft.content.digest,
          file_id: '',
          file_name: `f-${id}`,
          client_file_name: '',
          recipe: null,
          size: null,
          failure: null,
          created_by: 'u-1',
          created_at: 0,
          finished_at: null,
          done_bytes: null,
          done_items: null,
        })
        .execute();
      await tx
        .insertInto('jobs')
        .values({
          kind: 'export',
          request_id: id,
          attempts: 0,
          run_at: 0,
          lease: null,
          lease_until: null,
        })
        .execute();
    });
    this.#exports.push({ id, bot, content: draft.content, recipe: undefined });
  }

  async #makeArchive(asked: Export | undefined): Promise<void> {
    if (!asked) return;
    const { id, bot, content: pinned } = asked;
    const request = { bot_id: bot.id, body: exportBody, snapshot: pinned.digest };
    const { recipe } = await makeArchive({ snapshots: this.#snapshots, segments: this.#segments }, request);
    await this.#db.transaction().execute(async (tx) => {
      await keepRecipe(tx, recipe);
      await tx.deleteFrom('jobs').where('request_id', '=', id).execute();
      await tx
        .updateTable('export_requests')
        .set({ status: 'success', recipe: recipe.digest, size: recipe.size, finished_at: Date.now() })
        .where('id', '=', id)
        .execute();
    });
    asked.recipe = recipe.digest;
  }

  async #removeExport(gone: Export | undefined): Promise<void> {
    if (!gone) return;
    await this.#db.transaction().execute(async (tx) => {
      await tx.deleteFrom('jobs').where('request_id', '=', gone.id).execute();
      await tx.deleteFrom('export_requests').where('id', '=', gone.id).execute();
    });
    this.#exports = this.#exports.filter((one) => one !== gone);
  }

  async #removeDraft(bot: Bot | undefined, which: number): Promise<void> {
    const draft = bot && at(bot.drafts.slice(0, -1), which);
    if (!bot || !draft) return;
    await this.#db
      .deleteFrom('drafts')
      .where('bot_id', '=', bot.id)
      .where('number', '=', draft.number)
      .execute();
    bot.drafts = bot.drafts.filter((one) => one !== draft);
  }

  async #removeBot(bot: Bot | undefined): Promise<void> {
    if (!bot) return;
    for (const one of this.#exports.filter((asked) => asked.bot === bot)) await this.#removeExport(one);
    await this.#db.transaction().execute(async (tx) => {
      await tx.deleteFrom('drafts').where('bot_id', '=', bot.id).execute();
      await tx.deleteFrom('versions').where('bot_id', '=', bot.id).execute();
      await tx.deleteFrom('changes').where('bot_id', '=', bot.id).execute();
      for (const { id } of this.#publishes.filter((asked) => asked.bot === bot)) {
        await tx.deleteFrom('jobs').where('request_id', '=', id).execute();
      }
      await tx.deleteFrom('publish_requests').where('bot_id', '=', bot.id).execute();
      await tx.deleteFrom('bots').where('id', '=', bot.id).execute();
      // Bots are numbered without a gap; in two steps, since no two may have the same number meanwhile.
      await sql`update bots set ordinal = -ordinal where ordinal > ${this.#bots.indexOf(bot)}`.execute(tx);
      await sql`update bots set ordinal = -ordinal - 1 where ordinal < 0`.execute(tx);
    });
    this.#bots = this.#bots.filter((one) => one !== bot);
    this.#publishes = this.#publishes.filter((asked) => asked.bot !== bot);
  }

  /** Reads as an export does: a frozen one is ready from then on. */
  async #read(wanted: Known | undefined): Promise<void> {
    if (!wanted) return;
    const { digest, text, manifest } = wanted;
    await this.#snapshots.use(digest, async (found) => {
      expect(found).toEqual(manifest);
      expect(await readTextForm(this.#segments, found)).toEqual(text);
    });
  }

  /** A new process: nothing is held, and the ingests of the dead one are given up. */
  async #startAgain(): Promise<void> {
    this.#snapshots = openSnapshots(this.#watched, this.#segments);
    await abandonAllIngests(this.#db);
    this.#ingests = [];
  }

  async #manifest(digest: string): Promise<Manifest> {
    const { bytes } = await this.#db
      .selectFrom('manifests')
      .select('bytes')
      .where('snapshot', '=', digest)
      .executeTakeFirstOrThrow();
    return parseManifest(unpackText(bytes));
  }

  async #column(
    table: 'segments' | 'recipes' | 'manifests' | 'outlines',
    column: 'digest' | 'snapshot',
  ): Promise<string[]> {
    const rows: Record<string, unknown>[] = await this.#db.selectFrom(table).selectAll().execute();
    return rows.map((row) => String(row[column])).sort();
  }
}

/** Whether it is a step that runs, not the collection. */
const inStep = new AsyncLocalStorage<boolean>();

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await setImmediate();
}

const exportBody = '{"exportType":"latest"}';

/** Everything that is not in use may be frozen, or nothing. */
const freezing = (all: boolean): CollectOptions => ({
  keepReadySince: all ? Number.MAX_SAFE_INTEGER : 0,
});

function at<T>(list: readonly T[], place: number): T | undefined {
  return list[place % list.length];
}

/** Called before and after each transaction, and each statement outside of them. */
interface Watcher {
  before(): void;
  after(): Promise<void>;
}

function watched(db: Db, { before, after }: Watcher): Db {
  const single = db.withPlugin({
    transformQuery({ node }) {
      before();
      return node;
    },
    async transformResult({ result }) {
      await after();
      return result;
    },
  });
  const transaction = () => ({
    async execute<T>(action: (tx: Tx) => Promise<T>) {
      before();
      const result = await db.transaction().execute(action);
      await after();
      return result;
    },
  });
  return new Proxy(single, {
    get(target, name) {
      if (name === 'transaction') return transaction;
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** What every life begins with: a bot with a history, and garbage. */
const beginning: Step[] = [
  { do: 'new bot', content: [0, 0, 0, 0] },
  { do: 'replace', bot: 0, content: [1, 0, 0, 0] },
  { do: 'replace', bot: 0, content: [2, 1, 0, 1] },
  { do: 'ask for export', bot: 0, draft: 2 },
  { do: 'make archive', of: 0 },
  { do: 'remove export', of: 0 },
  { do: 'begin ingest', content: [2, 2, 2, 0], segments: 5 },
  { do: 'abandon ingest', of: 0 },
];

const moreGarbage: Step[] = [
  { do: 'begin ingest', content: [0, 2, 1, 1], segments: 6 },
  { do: 'abandon ingest', of: 0 },
];

test('what is needed stays, and nothing else after a collection that nobody disturbed', async () => {
  const life = fc.array(fc.oneof({ weight: 3, arbitrary: step }, { weight: 1, arbitrary: collection }), {
    maxLength: 30,
    size: 'max',
  });
  await fc.assert(
    fc.asyncProperty(life, async (steps) => {
      const world = await World.open();
      try {
        for (const one of [...beginning, ...steps]) {
          if (one.do === 'collect') await world.collect(one);
          else await world.take(one);
          await world.check();
        }
        await world.tidy();
      } finally {
        await world.close();
      }
    }),
    { numRuns: 20 },
  );
}, 120_000);

test.each(['killed', 'one call fails'] as const)(
  'what a collection leaves that is broken off at any call (%s), the next one does',
  async (fate) => {
    let call = 1;
    for (let wasBroken = true; wasBroken; call += 1) {
      const world = await World.open();
      try {
        for (const one of beginning) await world.take(one);
        wasBroken = await world.collect({ do: 'collect', freezes: true, fate, at: call, between: [] });
        await world.check();
        for (const one of moreGarbage) await world.take(one);
        await world.tidy();
      } finally {
        await world.close();
      }
    }
    expect(call).toBeGreaterThan(10);
  },
);
