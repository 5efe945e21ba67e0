import type { BotOutline } from '../definition/outline.ts';
import { References } from '../definition/references.ts';
import { Kept } from '../kept.ts';
import type { Db, Tx } from '../storage/database.ts';
import { packText, unpackText } from '../storage/packed-text.ts';
import type { SegmentStore } from '../storage/segment-store.ts';
import type { Delta } from './delta.ts';
import { freeze } from './freeze.ts';
import { lookAgain, SnapshotGone } from './gone.ts';
import { Holds } from './holds.ts';
import type { NewSnapshot } from './ingest.ts';
import { abandonIngest, beginIngest, endIngest } from './ingests.ts';
import { type Manifest, parseManifest, snapshotDigest } from './manifest.ts';
import { parseOutline, readDigests, readOutline } from './outline.ts';
import { rebuild } from './rebuild.ts';
import type { KeepSegments } from './segment-maker.ts';
import { chainTo } from './thaw.ts';

/** A ready snapshot, for who reads its segments. */
export interface SnapshotState {
  manifest: Manifest;
  /** Digests of the segments its outline is in; `undefined` where it has none. */
  outline: string[] | undefined;
}

export interface Snapshots {
  /**
   * Stores a snapshot of which the segments are stored, ready, and gives its id. One that is there already stays as it is, or is
   * frozen no longer.
   */
  put(tx: Tx, snapshot: NewSnapshot): Promise<number>;
  /**
   * What a snapshot is made of. A frozen one is thawed first. This and all that read one throw `SnapshotGone` where it is
   * in no store: see gone.ts.
   */
  manifest(digest: string): Promise<Manifest>;
  /** Runs an action that reads the segments of a snapshot: it stays ready until the action is over. */
  use<T>(digest: string, action: (manifest: Manifest) => Promise<T>): Promise<T>;
  /** As `use`, with the digests of the outline where that is stored. */
  useState<T>(digest: string, action: (state: SnapshotState) => Promise<T>): Promise<T>;
  /** As `use`, for who needs no manifest. */
  whileReady<T>(digest: string, action: () => Promise<T>): Promise<T>;
  /** Who refers to whom in a snapshot. Read from its outline the first time; from all its tasks where it has none. */
  references(digest: string): Promise<References>;
  /** Freezes a snapshot against a newer one: see freeze.ts. False where it has to stay as it is, or is in use. */
  freeze(digest: string, base: string): Promise<boolean>;
  /** Removes a snapshot nobody needs, with an action that does it. False where it is in use. */
  remove(digest: string, action: () => Promise<void>): Promise<boolean>;
}

/** Snapshots never change, so what was read of those in use is kept. */
const keptManifests = 64;
const keptReferences = 4;

export function openSnapshots(db: Db, segments: SegmentStore): Snapshots {
  const manifests = new Kept<Manifest>(keptManifests);
  const references = new Kept<Promise<References>>(keptReferences);
  const holds = new Holds();
  /** Snapshots that are being frozen or removed: whoever asks for one waits, and finds it as it is then. */
  const leaving = new Map<string, Promise<void>>();
  const thawing = new Map<string, Promise<Manifest>>();

  /** Keeps a snapshot from leaving until the action is over; one that is about to leave has left before it begins. */
  async function held<T>(digest: string, action: () => Promise<T>): Promise<T> {
    const release = holds.hold(digest);
    try {
      await leaving.get(digest);
      return await action();
    } finally {
      release();
    }
  }

  function use<T>(digest: string, action: (manifest: Manifest) => Promise<T>): Promise<T> {
    return held(digest, async () => action(manifests.get(digest) ?? (await read(digest))));
  }

  function whileReady<T>(digest: string, action: () => Promise<T>): Promise<T> {
    return held(digest, async () => {
      if (!manifests.get(digest) && !(await isReady(digest))) await thawOnce(digest);
      return action();
    });
  }

  async function isReady(digest: string): Promise<boolean> {
    const row = await db
      .selectFrom('manifests')
      .select('snapshot')
      .where('snapshot', '=', digest)
      .executeTakeFirst();
    return row !== undefined;
  }

  async function storedManifest(digest: string): Promise<Manifest | undefined> {
    const row = await db
      .selectFrom('manifests')
      .select('bytes')
      .where('snapshot', '=', digest)
      .executeTakeFirst();
    return row && parseManifest(unpackText(row.bytes));
  }

  /** To be called while the snapshot is held. */
  async function read(digest: string): Promise<Manifest> {
    const manifest = (await storedManifest(digest)) ?? (await thawOnce(digest));
    manifests.set(digest, manifest);
    return manifest;
  }

  function thawOnce(digest: string): Promise<Manifest> {
    const under = thawing.get(digest);
    if (under) return under;
    const work = thaw(digest).finally(() => thawing.delete(digest));
    thawing.set(digest, work);
    return work;
  }

  async function thaw(digest: string): Promise<Manifest> {
    // While a held snapshot is read, an import may bring it anew: then the collection may remove what it was frozen
    // against, and it is ready the next time one looks.
    return lookAgain(async () => {
      const { from, deltas } = await chainTo(db, digest);
      if (from === digest) {
        const ready = await storedManifest(digest);
        if (!ready) throw new SnapshotGone(digest);
        return ready;
      }
      // The ready one it starts from may be frozen by now: then that is thawed first. It stays until the manifest made
      // of it is stored, since both name the same segments.
      return use(from, (base) => thawFrom(base, deltas, digest));
    });
  }

  async function thawFrom(base: Manifest, deltas: readonly Delta[], digest: string): Promise<Manifest> {
    const name = `thaw ${digest}`;
    const number = await beginIngest(db, name);
    try {
      const keep: KeepSegments = (made) => db.transaction().execute((tx) => segments.put(tx, made, number));
      const manifest = await rebuild(segments, base, deltas, keep);
      const made = snapshotDigest(manifest);
      if (made !== digest) throw new Error(`snapshot ${digest} comes out as ${made}`);
      await db.transaction().execute(async (tx) => {
        await endIngest(tx, number);
        await putManifest(tx, digest, manifest);
      });
      return manifest;
    } catch (error) {
      await abandonIngest(db, name);
      throw error;
    }
  }

  async function putManifest(tx: Tx, digest: string, manifest: Manifest): Promise<void> {
    await tx
      .insertInto('manifests')
      .values({ snapshot: digest, bytes: packText(JSON.stringify(manifest)) })
      .onConflict((conflict) => conflict.column('snapshot').doNothing())
      .execute();
  }

  /** Lets nobody come to a snapshot while it changes. False where somebody is there. */
  async function alone(digest: string, action: () => Promise<boolean>): Promise<boolean> {
    if (holds.has(digest) || leaving.has(digest)) return false;
    const { promise, resolve } = Promise.withResolvers<void>();
    leaving.set(digest, promise);
    manifests.delete(digest);
    try {
      return await action();
    } finally {
      leaving.delete(digest);
      resolve();
    }
  }

  function useState<T>(digest: string, action: (state: SnapshotState) => Promise<T>): Promise<T> {
    return use(digest, async (manifest) => {
      const kept = await db
        .selectFrom('outlines')
        .select('bytes')
        .where('snapshot', '=', digest)
        .executeTakeFirst();
      return action({ manifest, outline: kept && readDigests(kept.bytes) });
    });
  }

  function outline(digest: string): Promise<BotOutline> {
    return useState(digest, ({ manifest, outline: lines }) =>
      lines ? parseOutline(segments, lines) : readOutline(segments, manifest),
    );
  }

  return {
    use,
    useState,
    whileReady,
    manifest: (digest) => use(digest, async (manifest) => manifest),

    async put(tx, { digest, manifest, outline: lines }) {
      const { id } = await tx
        .insertInto('snapshots')
        .values({ digest, created_at: Date.now() })
        .onConflict((conflict) => conflict.column('digest').doUpdateSet({ base: null, delta: null }))
        .returning('id')
        .executeTakeFirstOrThrow();
      await tx
        .insertInto('outlines')
        .values({ snapshot: digest, bytes: packText(JSON.stringify(lines)) })
        .onConflict((conflict) => conflict.column('snapshot').doNothing())
        .execute();
      await putManifest(tx, digest, manifest);
      return id;
    },

    references(digest) {
      const known = references.get(digest);
      if (known) return known;
      const reading = outline(digest).then((read) => new References(read));
      references.set(digest, reading);
      // A failed reading is not kept.
      reading.catch(() => references.delete(digest));
      return reading;
    },

    freeze: (digest, base) =>
      alone(digest, async () => {
        const release = holds.hold(base);
        try {
          return await freeze(db, segments, digest, base);
        } finally {
          release();
        }
      }),

    remove: (digest, action) =>
      alone(digest, async () => {
        await action();
        return true;
      }),
  };
}
