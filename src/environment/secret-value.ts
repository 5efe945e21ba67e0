import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { BotportError } from '../errors.ts';

/**
 * A value in a file that people keep and share: a plain text, or, for what must not stand there, where it is found: in a
 * variable of the environment, or in a file of its own. docs/profiles.md describes them.
 */
export const secretValue = z.union(
  [z.string(), z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })],
  { error: 'text, {env: NAME} or {file: PATH}' },
);
export type SecretValue = z.infer<typeof secretValue>;

/** A reference alone, for what may never stand in a file. */
export const secretReference = z.union(
  [z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })],
  { error: '{env: NAME} or {file: PATH}' },
);

export interface SecretPlaces {
  env: Record<string, string | undefined>;
  /** Folder that paths are relative to: that of the file the value stands in. */
  folder: string;
}

/**
 * The text a value stands for; one line break at the end of a file is not part of it.
 *
 * @throws `secret_missing`; `secret_exposed` for a file that others of the machine can read
 */
export function readSecret(value: SecretValue, { env, folder }: SecretPlaces): string {
  if (typeof value === 'string') return value;
  if ('env' in value) {
    const found = env[value.env];
    if (found === undefined) throw new BotportError('secret_missing', `the variable ${value.env} is not set`);
    return found;
  }
  const file = path.resolve(folder, value.file);
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile()) throw new BotportError('secret_missing', `there is no file ${file}`);
  refuseExposed(file, found.mode);
  return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
}

/** Throws `secret_exposed` for a file that others can read. Windows keeps who may read it elsewhere. */
export function refuseExposed(file: string, mode: number): void {
  if (process.platform === 'win32' || (mode & 0o077) === 0) return;
  throw new BotportError('secret_exposed', `${file} has mode ${(mode & 0o777).toString(8)}; chmod 600 it`);
}
