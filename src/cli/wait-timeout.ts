import { Option } from 'commander';
import { readNumber } from './values.ts';

/** How long a command waits for the host to end what it began. */
export function waitTimeoutOption(): Option {
  return new Option('--wait-timeout <seconds>', 'wait for so long at most (default: 1800)').argParser(
    readNumber,
  );
}

/** The same as the client wants it: milliseconds. */
export function waitTimeout(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
