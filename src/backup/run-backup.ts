import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Client } from '../client/client.ts';
import { ClientError } from '../client/errors.ts';
import type { Bot } from '../client/replies.ts';
import { exportToFile } from '../transfer/fetch-export.ts';
import { type BotOutcome, backUp } from './backup.ts';
import type { Copy } from './copies.ts';
import type { Place } from './places.ts';

export interface BackupRun {
  client: Client;
  place: Place;
  copies: readonly Copy[];
  bots: WantedBots;
  /** Whether bots that the host has no more are removed from the backup. */
  prune: boolean;
  onOutcome?: (outcome: BotOutcome) => void;
}

/** Backs bots of a host up. Throws what `settle` of the place does. */
export async function runBackup({
  client,
  place,
  copies,
  bots: { list: bots, isAll },
  prune,
  onOutcome,
}: BackupRun): Promise<BotOutcome[]> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'botport-backup-'));
  try {
    let files = 0;
    const outcomes = await backUp({
      client,
      bots,
      copies,
      target: place.target,
      async fetch(botId, copy) {
        const file = path.join(scratch, `${++files}.zip`);
        await exportToFile(client, { botId, body: { exportType: copy } }, file);
        return file;
      },
      onOutcome,
    });
    if (isAll) outcomes.push(...(await place.settle(bots, { prune })));
    return outcomes;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The bots a backup is of. */
export interface WantedBots {
  list: readonly Bot[];
  /** Whether these are all the host has. */
  isAll: boolean;
}

/** All bots of a host, or those named, by id or name. Throws `refused` for one that the host does not have. */
export async function wantedBots(client: Client, named: readonly string[]): Promise<WantedBots> {
  const bots: Bot[] = [];
  for await (const bot of client.bots.all()) bots.push(bot);
  if (named.length === 0) return { list: bots, isAll: true };
  const ids = new Set(named.map((one) => idOf(bots, one)));
  return { list: bots.filter(({ _id }) => ids.has(_id)), isAll: false };
}

function idOf(bots: readonly Bot[], wanted: string): string {
  const [bot, second] = bots.filter(({ _id, name }) => _id === wanted || name === wanted);
  const words = JSON.stringify(wanted);
  if (!bot) throw new ClientError('refused', `no bot is called ${words}`);
  if (second) throw new ClientError('refused', `several bots are called ${words}; give the id`);
  return bot._id;
}
