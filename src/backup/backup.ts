import { rmSync } from 'node:fs';
import type { Client } from '../client/client.ts';
import { ClientError } from '../client/errors.ts';
import type { Bot } from '../client/replies.ts';
import { type Copy, nameOfCopy, type State, type States } from './copies.ts';
import { stateTeller } from './states.ts';

/** A copy of a bot as it came from the host. */
export interface FetchedCopy {
  copy: Copy;
  /** Missing where the host does not say. */
  state: State | undefined;
  /** The archive, in a file that is gone when the backup has ended. */
  file: string;
}

/** What became of a bot in the backup. */
export interface Kept {
  change: 'new' | 'changed' | 'unchanged';
  /** What changed, in a few words. */
  words: string[];
}

/** Where a backup goes. Everything in it is done one bot after another. */
export interface BackupTarget {
  /** Whether the copy it has of the bot is this state. */
  has(bot: Bot, copy: Copy, state: State): Promise<boolean>;
  /** Whether it has a copy of the bot, of whatever state. */
  hasAny(bot: Bot, copy: Copy): Promise<boolean>;
  /** Makes its copies of a bot these; those that are not named are as they should be. */
  keep(bot: Bot, copies: readonly FetchedCopy[]): Promise<Kept>;
}

export interface BotOutcome {
  id: string;
  name: string;
  /** `unpublished`: there is nothing to back up, as only published versions are asked for. */
  change: Kept['change'] | 'unpublished' | 'gone' | 'removed' | 'failed';
  words: string[];
  error?: unknown;
}

export interface BackupWork {
  client: Client;
  bots: readonly Bot[];
  copies: readonly Copy[];
  target: BackupTarget;
  /** Exports a copy of a bot into a file. */
  fetch(botId: string, copy: Copy): Promise<string>;
  onOutcome?: ((outcome: BotOutcome) => void) | undefined;
}

/** Bots that are asked for at the same time: hosts take minutes for one, and have limits for many. */
const ahead = 3;

/**
 * Brings the backup of these bots up to date. Bots come in several at once and are kept in their order; one that fails
 * does not hold up the others.
 */
export async function backUp({ bots, onOutcome, ...work }: BackupWork): Promise<BotOutcome[]> {
  const tellStates = stateTeller(work.client);
  const outcomes: BotOutcome[] = [];
  const coming: Promise<() => Promise<BotOutcome>>[] = [];
  for (const [index, bot] of bots.entries()) {
    for (const next of bots.slice(coming.length, index + ahead)) {
      coming.push(
        fetchCopies(next, { ...work, tellStates }).then(
          (copies) => () => keepCopies(next, copies, work.target),
          (error: unknown) => async () => failed(next, error),
        ),
      );
    }
    const keep = await coming[index];
    const outcome = (await keep?.().catch((error: unknown) => failed(bot, error))) ?? failed(bot, undefined);
    outcomes.push(outcome);
    onOutcome?.(outcome);
  }
  return outcomes;
}

/** The copies that the target lacks; undefined where the host has none at all. */
async function fetchCopies(
  bot: Bot,
  {
    copies,
    target,
    fetch,
    tellStates,
  }: Pick<BackupWork, 'copies' | 'target' | 'fetch'> & { tellStates: ReturnType<typeof stateTeller> },
): Promise<FetchedCopy[] | undefined> {
  const states = await tellStates(bot._id, copies);
  const fetched: FetchedCopy[] = [];
  let there = 0;
  for (const copy of copies) {
    const state = states[copy];
    if (state === null) continue;
    if (state && (await target.has(bot, copy, state))) {
      there += 1;
      continue;
    }
    try {
      fetched.push({ copy, state, file: await fetch(bot._id, copy) });
    } catch (error) {
      if (!(await isUnpublished(error, { bot, copy, states, target }))) throw error;
      continue;
    }
    there += 1;
  }
  return there === 0 ? undefined : fetched;
}

/** Whether a host that does not tell of states refused because nothing is published. A bot that once was stays so. */
async function isUnpublished(
  error: unknown,
  { bot, copy, states, target }: { bot: Bot; copy: Copy; states: States; target: BackupTarget },
): Promise<boolean> {
  return (
    copy === 'published' &&
    states.published === undefined &&
    error instanceof ClientError &&
    (error.type === 'refused' || error.type === 'not_successful') &&
    !(await target.hasAny(bot, copy))
  );
}

async function keepCopies(
  bot: Bot,
  copies: FetchedCopy[] | undefined,
  target: BackupTarget,
): Promise<BotOutcome> {
  const named = { id: bot._id, name: bot.name };
  if (!copies) return { ...named, change: 'unpublished', words: [] };
  try {
    return { ...named, ...(await target.keep(bot, copies)) };
  } finally {
    for (const { file } of copies) rmSync(file, { force: true });
  }
}

function failed(bot: Bot, error: unknown): BotOutcome {
  return { id: bot._id, name: bot.name, change: 'failed', words: [], error };
}

/** `draft 7`, or `published version 2`. */
export function wordsOfState(copy: Copy, state: State | undefined): string {
  const name = copy === 'latest' ? nameOfCopy.latest : 'published version';
  return state ? `${name} ${state.number}` : name;
}
