import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseOutline, readOutline } from '../../src/snapshots/outline.ts';
import { referenceBots } from '../support/reference.ts';
import { sampleBots } from '../support/samples.ts';
import { ingestInMemory, segmentsInMemory } from '../support/segments.ts';

async function bothOutlines(definition: Buffer, config: Buffer) {
  const chunks = (async function* () {
    yield definition;
  })();
  const { outline, manifest, segments } = await ingestInMemory({ definition: chunks, config, others: [] });
  const store = segmentsInMemory(segments);
  return { kept: await parseOutline(store, outline), read: await readOutline(store, manifest) };
}

describe('the outline kept of a bot is the one that is read from its segments', () => {
  test.each([...sampleBots(), ...referenceBots()])('$name', async ({ definition, config }) => {
    const { kept, read } = await bothOutlines(definition, config);
    expect(kept).toEqual(read);
    expect(read.items.size).toBeGreaterThan(0);
  });

  test('also where the file is not laid out, and has values JavaScript would change', async () => {
    const sample = new URL('../../samples/bank-assistant/', import.meta.url);
    const bot = JSON.parse(readFileSync(new URL('botDefinition.json', sample), 'utf8'));
    const text = JSON.stringify(bot).replace('"dialogs":[{', '"dialogs":[{"big":1.0e99999,"7":1,"3":2,');
    const { kept, read } = await bothOutlines(
      Buffer.from(text),
      readFileSync(new URL('config.json', sample)),
    );
    expect(kept).toEqual(read);
  });
});
