import { BotportError } from '../errors.ts';
import type { Db, Tx } from '../storage/database.ts';

/**
 * Refuses what would change the draft of a bot while an import into it runs: one of the two would be lost.
 *
 * @throws `import_running`
 */
export async function refuseWhileImporting(tx: Db | Tx, botId: string): Promise<void> {
  const running = await tx
    .selectFrom('import_requests')
    .select('id')
    .where('target', '=', botId)
    .where('status', '=', 'pending')
    .executeTakeFirst();
  if (running) throw new BotportError('import_running', running.id);
}
