import { z } from 'zod';
import { secretNamePattern } from '../definition/secrets/placeholders.ts';
import { secretValue } from './secret-value.ts';

/*
 * What is different on a host. docs/environment-file.md describes the file; here is its form, and what it says when every
 * value it refers to was read.
 */

const url = z
  .string()
  .regex(/^[a-z][a-z0-9+.-]*:\/\/[^\s/?#]/i, 'the beginning of a URL, such as https://service.example');

export const environmentFile = z.strictObject({
  variables: z.record(z.string().min(1), secretValue).optional(),
  urls: z.record(url, secretValue).optional(),
  secrets: z
    .record(z.string().regex(secretNamePattern, 'capital letters, digits and _'), secretValue)
    .optional(),
});

export interface Environment {
  /** What environment variables of the bot are set to, by key. */
  variables: ReadonlyMap<string, string>;
  /** What beginnings of URLs are replaced by. */
  urls: ReadonlyMap<string, string>;
  /** What placeholders stand for, by name. */
  secrets: ReadonlyMap<string, string>;
}

export const emptyEnvironment: Environment = { variables: new Map(), urls: new Map(), secrets: new Map() };
