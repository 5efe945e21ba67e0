import { InvalidArgumentError } from 'commander';

/* Readers of the values of options. */

/** Of an option that may come again: its values so far. */
export function collect(value: string, values: string[] = []): string[] {
  return [...values, value];
}

/** A list with commas. */
export function readList(value: string): string[] {
  return value
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

export function readNumber(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('Expected a whole number from 1.');
  return Number(value);
}
