import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';

/** Reads an option that holds a JSON object, or `@` and the name of a file with one. */
export function readJsonObject(value: string): Record<string, unknown> {
  const parsed = parse(value.startsWith('@') ? readText(value.slice(1)) : value);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new InvalidArgumentError('Expected a JSON object.');
  }
  return parsed as Record<string, unknown>;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('Expected JSON.');
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new InvalidArgumentError(`The file ${file} cannot be read.`);
  }
}
