import { describe, expect, test } from 'vitest';
import { generateBot, sampleConfig, sampleIcon } from '../../bench/generate-bot.ts';
import { ingestInMemory } from '../support/segments.ts';

const textOf = (bytes: number, seed?: string) => [...generateBot(bytes, seed)].join('');

describe.each([176e3, 3.6e6])('a generated bot of %d bytes', (bytes) => {
  const text = textOf(bytes);

  test('is the same each time', () => {
    expect(textOf(bytes) === text).toBe(true);
  });

  test('is another one for another seed', () => {
    expect(textOf(bytes, 'another') === text).toBe(false);
  });

  test('has about the size asked for', () => {
    expect(Buffer.byteLength(text)).toBeGreaterThan(bytes * 0.9);
    expect(Buffer.byteLength(text)).toBeLessThan(bytes * 1.1);
  });

  test("is in the platform's own form", () => {
    expect(JSON.stringify(JSON.parse(text), null, 4) === text).toBe(true);
  });

  test('is taken by the server', async () => {
    const snapshot = await ingestInMemory({
      definition: (async function* () {
        for (const piece of generateBot(bytes)) yield Buffer.from(piece);
      })(),
      config: sampleConfig(),
      others: [{ name: 'icon.png', content: sampleIcon() }],
    });
    expect(snapshot.manifest.tasks.dialogs?.length).toBeGreaterThan(0);
  });
});
