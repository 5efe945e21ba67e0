import type { Db } from '../storage/database.ts';

/** Digest of the snapshot that a bot's draft of this number (`latest`), or its version of this number, is. */
export async function snapshotOf(
  db: Db,
  botId: string,
  copy: 'latest' | 'published',
  number: number,
): Promise<string | undefined> {
  const query =
    copy === 'latest'
      ? db
          .selectFrom('drafts')
          .innerJoin('snapshots', 'snapshots.id', 'drafts.snapshot')
          .select('snapshots.digest')
          .where('bot_id', '=', botId)
          .where('number', '=', number)
      : db
          .selectFrom('versions')
          .select('versions.snapshot as digest')
          .where('bot_id', '=', botId)
          .where('number', '=', number);
  return (await query.executeTakeFirst())?.digest;
}
