import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ReferenceBot } from './reference.ts';

const folder = fileURLToPath(new URL('../../samples', import.meta.url));

/** The bots the project ships. */
export function sampleBots(): ReferenceBot[] {
  return readdirSync(folder).map((name) => ({
    name: `samples/${name}`,
    definition: readFileSync(path.join(folder, name, 'botDefinition.json')),
    config: readFileSync(path.join(folder, name, 'config.json')),
  }));
}
