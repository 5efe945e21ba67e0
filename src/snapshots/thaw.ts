import { sql } from 'kysely';
import type { Db } from '../storage/database.ts';
import { type Delta, unpackDeltas } from './delta.ts';
import { SnapshotGone } from './gone.ts';

/** A snapshot that is ready, and the deltas that lead from it to a frozen one, in the order they are applied. */
export interface Chain {
  /** Digest of the ready one. */
  from: string;
  deltas: Delta[];
}

/** How a frozen snapshot is reached from the nearest ready one. Throws {@link SnapshotGone} where it is in no store. */
export async function chainTo(db: Db, digest: string): Promise<Chain> {
  const { rows } = await sql<{ digest: string; delta: Uint8Array | null; ready: 0 | 1 }>`
    with recursive chain (step, digest, base, delta, ready) as (
      select 0, digest, base, delta, exists (select 1 from manifests where snapshot = digest)
        from snapshots where digest = ${digest}
      union all
      select step + 1, snapshots.digest, snapshots.base, snapshots.delta,
          exists (select 1 from manifests where snapshot = snapshots.digest)
        from chain join snapshots on snapshots.id = chain.base
        where chain.ready = 0
    )
    select digest, delta, ready from chain order by step desc`.execute(db);
  const [from, ...frozen] = rows;
  if (!from) throw new SnapshotGone(digest);
  if (from.ready !== 1) throw new Error(`snapshot ${from.digest} has neither manifest nor base`);
  const deltas = frozen.map(({ digest: name, delta }) => {
    if (!delta) throw new Error(`snapshot ${name} has neither manifest nor delta`);
    return delta;
  });
  return { from: from.digest, deltas: await unpackDeltas(deltas) };
}
