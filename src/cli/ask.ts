import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { BotportError } from '../errors.ts';

/**
 * Whether somebody agrees: `yes` is the option `--yes`. Asks on standard error, where a terminal is there to answer; any
 * other answer than `y` or `yes`, also none, is a no. A script has to decide beforehand.
 *
 * @throws `confirmation_needed` where nobody can be asked
 */
export async function confirm(
  question: string,
  { yes = false }: { yes?: boolean | undefined } = {},
): Promise<boolean> {
  if (yes) return true;
  if (!canAsk()) throw new BotportError('confirmation_needed', question);
  process.stderr.write(`${question} [y/N] `);
  // Not as a terminal: the terminal itself echoes, edits the line, and ends the command with Ctrl-C.
  const lines = createInterface({ input: process.stdin, terminal: false });
  try {
    const [answer] = await Promise.race([once(lines, 'line'), once(lines, 'close')]);
    return /^\s*y(es)?\s*$/i.test(String(answer ?? ''));
  } finally {
    lines.close();
  }
}

/** Whether somebody is there to answer: nothing asks without a terminal. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}
