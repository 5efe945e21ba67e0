import type { BotOutline } from '../definition/outline.ts';
import { References } from '../definition/references.ts';
import { Kept } from '../kept.ts';
import type { Db, Tx } from '../storage/database.ts';
import type { SegmentStore } from '../storage/segment-store.ts';
import type { NewSnapshot } from './ingest.ts';
import { type Manifest, parseManifest } from './manifest.ts';
import { parseOutline, readOutline } from './outline.ts';

export interface Snapshots {
  /** Stores a snapshot of which the segments are stored; one that is there already stays as it is. */
  put(tx: Tx, snapshot: NewSnapshot): Promise<void>;
  manifest(digest: string): Promise<Manifest>;
  /** Who refers to whom in a snapshot. Read from its outline the first time; from all its tasks where it has none. */
  references(digest: string): Promise<References>;
}

/** Snapshots never change, so what was read of those in use is kept. */
const keptManifests = 64;
const keptReferences = 4;

export function openSnapshots(db: Db, segments: SegmentStore): Snapshots {
  const manifests = new Kept<Manifest>(keptManifests);
  const references = new Kept<Promise<References>>(keptReferences);

  async function manifest(digest: string): Promise<Manifest> {
    const known = manifests.get(digest);
    if (known) return known;
    const row = await db
      .selectFrom('snapshots')
      .select('manifest')
      .where('digest', '=', digest)
      .executeTakeFirst();
    if (!row) throw new Error(`snapshot ${digest} is missing`);
    const parsed = parseManifest(row.manifest);
    manifests.set(digest, parsed);
    return parsed;
  }

  async function outline(digest: string): Promise<BotOutline> {
    const kept = await db
      .selectFrom('outlines')
      .select('bytes')
      .where('snapshot', '=', digest)
      .executeTakeFirst();
    return kept ? parseOutline(kept.bytes) : readOutline(segments, await manifest(digest));
  }

  return {
    manifest,

    async put(tx, { digest, manifest: made, outline }) {
      await tx
        .insertInto('snapshots')
        .values({ digest, manifest: JSON.stringify(made), created_at: Date.now() })
        .onConflict((conflict) => conflict.column('digest').doNothing())
        .execute();
      await tx
        .insertInto('outlines')
        .values({ snapshot: digest, bytes: outline })
        .onConflict((conflict) => conflict.column('snapshot').doNothing())
        .execute();
    },

    references(digest) {
      const known = references.get(digest);
      if (known) return known;
      const reading = outline(digest).then((read) => new References(read));
      references.set(digest, reading);
      // A failed reading is not kept.
      reading.catch(() => references.set(digest, reading.then()));
      return reading;
    },
  };
}
