import { readFileSync, statSync } from 'node:fs';
import { type VariableSets, variableSets } from '../client/replies.ts';
import { BotportError } from '../errors.ts';

/** More than any bot has. */
const largestFile = 64 * 1024 ** 2;

/** Reads a file of variables. Throws `variables_file_invalid`, without anything of what the file holds. */
export function readVariables(file: string): VariableSets {
  const invalid = (words: string) => new BotportError('variables_file_invalid', `${file}: ${words}`);
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile()) throw invalid('there is no such file');
  if (found.size > largestFile) throw invalid('it is too large');
  const parsed = variableSets.safeParse(parse(readFileSync(file, 'utf8'), invalid));
  if (parsed.success) return parsed.data;
  throw invalid('expected a list of variables, or an object with the lists of an export');
}

function parse(text: string, invalid: (words: string) => BotportError): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid('it is no JSON');
  }
}
