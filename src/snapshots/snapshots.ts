import type { Db, Tx } from '../storage/database.ts';
import type { SegmentStore } from '../storage/segment-store.ts';
import type { NewSnapshot } from './ingest.ts';
import { type Manifest, parseManifest } from './manifest.ts';

export interface Snapshots {
  /** Stores a snapshot with its segments; one that is there already stays as it is. */
  put(tx: Tx, snapshot: NewSnapshot): Promise<void>;
  manifest(digest: string): Promise<Manifest>;
}

/** Snapshots never change, so the manifests in use are kept parsed. */
const keptManifests = 64;

export function openSnapshots(db: Db, segments: SegmentStore): Snapshots {
  const kept = new Map<string, Manifest>();
  return {
    async put(tx, { digest, manifest, segments: made }) {
      await segments.put(tx, made);
      await tx
        .insertInto('snapshots')
        .values({ digest, manifest: JSON.stringify(manifest), created_at: Date.now() })
        .onConflict((conflict) => conflict.column('digest').doNothing())
        .execute();
    },

    async manifest(digest) {
      const known = kept.get(digest);
      if (known) {
        // Reinserting makes it the youngest; the oldest goes first.
        kept.delete(digest);
        kept.set(digest, known);
        return known;
      }
      const row = await db
        .selectFrom('snapshots')
        .select('manifest')
        .where('digest', '=', digest)
        .executeTakeFirst();
      if (!row) throw new Error(`snapshot ${digest} is missing`);
      const manifest = parseManifest(row.manifest);
      kept.set(digest, manifest);
      const oldest = kept.size > keptManifests ? kept.keys().next().value : undefined;
      if (oldest !== undefined) kept.delete(oldest);
      return manifest;
    },
  };
}
