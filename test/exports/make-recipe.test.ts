import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { readOptions } from '../../src/definition/options.ts';
import { References } from '../../src/definition/references.ts';
import { makeRecipe } from '../../src/exports/make-recipe.ts';
import { resolve } from '../../src/exports/resolve.ts';
import type { BotFiles } from '../../src/snapshots/ingest.ts';
import { readOutline } from '../../src/snapshots/outline.ts';
import { withoutRewritten } from '../support/archive.ts';
import { referenceBots } from '../support/reference.ts';
import { archiveOf, ingestInMemory, segmentsInMemory } from '../support/segments.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'botport-recipe-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function* inChunks(bytes: Buffer, size = 10_000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function archive(definition: Buffer | string, rest: Partial<BotFiles> = {}): Promise<Buffer> {
  const files = { config: Buffer.from('{"name":"x","envVariables":[]}'), others: [], ...rest };
  const snapshot = await ingestInMemory({ definition: inChunks(Buffer.from(definition)), ...files });
  const store = segmentsInMemory(snapshot.segments);
  const { manifest } = snapshot;
  const resolved = await resolve(
    readOptions({ exportType: 'latest' }),
    manifest,
    async () => new References(await readOutline(store, manifest)),
  );
  const recipe = await makeRecipe('st-new', manifest, resolved, store);
  const bytes = await archiveOf(recipe, manifest, store);
  expect(bytes.length).toBe(recipe.size);
  return bytes;
}

/** A member of the archive, as Info-ZIP reads it; it checks sizes and CRC. */
function member(zip: Buffer, name: string): string {
  const file = path.join(folder, 'archive.zip');
  writeFileSync(file, zip);
  execFileSync('unzip', ['-tqq', file]);
  return execFileSync('unzip', ['-p', file, name], { maxBuffer: 1e9 }).toString();
}

describe('the archive of a whole export', () => {
  test.each(referenceBots())('holds $name byte for byte', async (bot) => {
    const zip = await archive(bot.definition, { config: bot.config });
    const text = member(zip, 'botDefinition.json');
    expect(text.startsWith('{\n    "_id": "st-new",\n')).toBe(true);
    expect(withoutRewritten(text)).toBe(withoutRewritten(bot.definition.toString()));
    expect(member(zip, 'config.json')).toBe(bot.config.toString());
  });

  test('holds any definition as JSON.stringify with four spaces writes it', async () => {
    const section = fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue()), fc.array(fc.lorem({ maxCount: 200 })));
    const definition = fc.dictionary(fc.string(), section);
    await fc.assert(
      fc.asyncProperty(definition, async (sections) => {
        const whole = {
          _id: 'st-old',
          ...sections,
          defaultLanguage: 'en',
          localeData: { en: { name: 'Any' } },
          dialogs: [],
          exportOptions: {},
        };
        const text = JSON.stringify(whole, null, 4);
        const exported = member(await archive(JSON.stringify(whole)), 'botDefinition.json');
        expect(withoutRewritten(exported)).toBe(withoutRewritten(text));
      }),
      { numRuns: 40 },
    );
  });
});
