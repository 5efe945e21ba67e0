import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Real bots, laid beside the project on machines that have them. */
const folder = fileURLToPath(new URL('../../../shared/reference', import.meta.url));

export interface ReferenceBot {
  name: string;
  definition: Buffer;
  config: Buffer;
}

/** Every real bot at hand; none, with a word on the console, where the folder is missing. */
export function referenceBots(): ReferenceBot[] {
  if (!existsSync(folder)) {
    console.warn('The reference bots are not at hand: tests over real bots are skipped.');
    return [];
  }
  const places = [
    ...readdirSync(path.join(folder, 'bots')).map((name) => path.join('bots', name)),
    ...readdirSync(path.join(folder, 'partial-export')).map((name) =>
      path.join('partial-export', name, 'source'),
    ),
  ];
  return places.map((place) => ({
    name: place,
    definition: readFileSync(path.join(folder, place, 'botDefinition.json')),
    config: readFileSync(path.join(folder, place, 'config.json')),
  }));
}

export interface ReferencePair {
  name: string;
  source: { definition: Buffer; config: Buffer };
  request: Record<string, unknown>;
  expected: { definition: Buffer; config: Buffer };
}

/** Real bots and real exports of a part of them. */
export function referencePairs(): ReferencePair[] {
  const pairs = path.join(folder, 'partial-export');
  if (!existsSync(pairs)) {
    console.warn('The reference pairs are not at hand: tests over real partial exports are skipped.');
    return [];
  }
  const files = (...place: string[]) => ({
    definition: readFileSync(path.join(pairs, ...place, 'botDefinition.json')),
    config: readFileSync(path.join(pairs, ...place, 'config.json')),
  });
  return readdirSync(pairs).map((name) => ({
    name,
    source: files(name, 'source'),
    request: JSON.parse(readFileSync(path.join(pairs, name, 'request.json'), 'utf8')),
    expected: files(name, 'expected'),
  }));
}
