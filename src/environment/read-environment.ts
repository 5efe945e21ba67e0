import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { BotportError } from '../errors.ts';
import { type Environment, environmentFile } from './environment.ts';
import { readSecret, refuseExposed, type SecretValue } from './secret-value.ts';

/** A file that people write; a larger one is something else. */
const largestFile = 8 * 1024 ** 2;

/**
 * Reads an environment file, and the values it refers to. A file with a secret in it must be its owner's alone.
 *
 * @throws `environment_invalid`, `secret_missing`, `secret_exposed`
 */
export function readEnvironment(file: string, env: NodeJS.ProcessEnv): Environment {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile()) throw new BotportError('environment_invalid', `there is no file ${file}`);
  if (found.size > largestFile) throw new BotportError('environment_invalid', `${file} is too large`);
  const { variables = {}, urls = {}, secrets = {} } = parseEnvironment(readFileSync(file, 'utf8'), file);
  if (Object.values(secrets).some((value) => typeof value === 'string')) refuseExposed(file, found.mode);
  const places = { env, folder: path.dirname(file) };
  const read = (values: Record<string, SecretValue>) =>
    new Map(Object.entries(values).map(([name, value]) => [name, readSecret(value, places)]));
  return { variables: read(variables), urls: read(urls), secrets: read(secrets) };
}

function parseEnvironment(text: string, file: string): z.infer<typeof environmentFile> {
  // Errors of the parser show the line they are about, and a secret may be in it: only where it is is said.
  const document = parseDocument(text, { prettyErrors: true, logLevel: 'silent' });
  const [error] = document.errors;
  if (error) {
    const line = error.linePos?.[0].line;
    throw new BotportError('environment_invalid', `${file}, line ${line ?? 1}: ${error.code}`);
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch {
    throw new BotportError('environment_invalid', `${file}: too many aliases`);
  }
  const parsed = environmentFile.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue?.path.length ? `${issue.path.join('.')}: ` : '';
  throw new BotportError('environment_invalid', `${file}: ${where}${wordsOf(issue)}`);
}

function wordsOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message;
  return issue?.message ?? 'not as it should be';
}
