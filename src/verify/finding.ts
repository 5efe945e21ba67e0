import { BotportError } from '../errors.ts';

/** What was found in a bot, and how bad it is. */
export interface Finding {
  /**
   * - error: the bot is not whole, and an import refuses it or loses something
   * - warning: an import takes it, and somebody should look
   * - note: nothing is wrong; it is said so that nobody takes it for checked, or for lost
   */
  severity: 'error' | 'warning' | 'note';
  /** Where: the path given, a file of the bot, or an item in the definition. */
  place: string;
  words: string;
  /** The error of the registry that stands behind it; null where there is none. */
  type: string | null;
}

/** The worst first. */
export const severities = ['error', 'warning', 'note'] as const;

export function finding(severity: Finding['severity'], place: string, words: string): Finding {
  return { severity, place, words, type: null };
}

/** A failure as a finding. What is no failure of the registry is thrown on. */
export function findingOf(place: string, error: unknown): Finding {
  if (!(error instanceof BotportError)) throw error;
  return { severity: 'error', place, words: error.message, type: error.type };
}
