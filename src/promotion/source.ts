import { createHash } from 'node:crypto';
import { sortMembers } from '../archives/members.ts';
import type { Client } from '../client/client.ts';
import { applyEnvironment, type EnvironmentReport } from '../environment/apply-environment.ts';
import type { Environment } from '../environment/environment.ts';
import { packMembers } from '../exploded/pack.ts';
import type { LocalBot } from '../local/local-bot.ts';
import { readArchiveBytes } from '../local/read-archive.ts';
import { exportToBuffer, type WantedExport } from '../transfer/fetch-export.ts';
import { type Choice, hasSingleTasks, withAllTasks } from './parts.ts';

/** A bot on its way: an export, and what it says of itself. */
export interface FetchedBot {
  archive: Buffer;
  bot: LocalBot;
}

/** Exports a bot and reads it. Nothing of it stays on this machine. */
export async function fetchBot(
  client: Client,
  wanted: WantedExport,
  limits: { maxUnpacked: number },
): Promise<FetchedBot> {
  const { archive } = await exportToBuffer(client, wanted);
  return { archive, bot: await readArchiveBytes(archive, limits) };
}

/** What is on its way to a target. */
export interface Source {
  /** What is to come in, as an export of the chosen parts has it. */
  chosen: FetchedBot;
  /** What is sent, which may hold more. */
  sent: FetchedBot;
  report: EnvironmentReport | undefined;
}

/**
 * Exports what is to be promoted, and makes it what it is to be on the target.
 *
 * Of single tasks, the file that is sent has all: in a file of just these, they would be everything there is, and their
 * words would take the place of all the words of the target.
 */
export async function fetchSource(
  client: Client,
  { botId, type, choice }: { botId: string; type: 'latest' | 'published'; choice: Choice },
  { environment, limits }: { environment: Environment | undefined; limits: { maxUnpacked: number } },
): Promise<Source> {
  const fetched = async (parts: Choice) =>
    withEnvironment(
      await fetchBot(client, { botId, body: { ...parts, exportType: type } }, limits),
      environment,
    );
  const { report, ...chosen } = await fetched(choice);
  const sent = hasSingleTasks(choice) ? await fetched(withAllTasks(choice)) : chosen;
  return { chosen, sent, report };
}

/** The bot as it is to be on the other host; without an environment, the very archive that came. */
async function withEnvironment(
  { archive, bot }: FetchedBot,
  environment: Environment | undefined,
): Promise<FetchedBot & { report: EnvironmentReport | undefined }> {
  if (!environment) return { archive, bot, report: undefined };
  const { members, report } = applyEnvironment(bot.members, environment);
  const { definition, config, icon, scripts } = sortMembers({ members });
  return {
    archive: await packMembers(members),
    bot: { kind: bot.kind, definition, config, icon, scripts, members },
    report,
  };
}

/** Names the content of a bot. Archives with the same content may differ, in the times they hold. */
export function digestOf({ members }: LocalBot): string {
  const digest = createHash('sha256');
  for (const { name, content } of members)
    digest.update(JSON.stringify([name, content.length])).update(content);
  return digest.digest('hex');
}
