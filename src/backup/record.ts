import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { BotportError } from '../errors.ts';
import { replaceFile } from '../exploded/replace-file.ts';

/*
 * What a backup says about itself, in small JSON files that go into git with it. docs/backup.md describes them.
 */

/** The record of the whole backup, `bots/backup.json`. */
export const backupRecord = z.object({
  format: z.literal(1),
  /** The host the bots are of. */
  host: z.string(),
  form: z.enum(['exploded', 'zip']),
  /** Whether placeholders stand for the secrets. */
  redacted: z.boolean(),
});
export type BackupRecord = z.infer<typeof backupRecord>;

const state = z.object({ digest: z.string(), number: z.number() });

/** The record of one bot, `bot.json` in its folder. */
export const botRecord = z.object({
  id: z.string(),
  /** The present name; the folder keeps the first one. */
  name: z.string(),
  /** The states of the copies, where the host tells of them; missing too while a copy is being written. */
  draft: state.optional(),
  published: state.optional(),
  /** Set once the host has the bot no more. */
  gone: z.literal(true).optional(),
});
export type BotRecord = z.infer<typeof botRecord>;

/** A record; undefined where there is none. Throws `backup_damaged`. */
export function readRecord<T>(file: string, schema: z.ZodType<T>): T | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw new BotportError('backup_damaged', `${file} is not in the form this version writes`);
  }
}

/** Writes a record, unless it is as it should be. Returns whether it was written. */
export function writeRecord(file: string, record: object): boolean {
  const text = `${JSON.stringify(record, null, 2)}\n`;
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return false;
  replaceFile(file, text);
  return true;
}
