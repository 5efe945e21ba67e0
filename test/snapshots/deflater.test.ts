import { expect, test } from 'vitest';
import { Deflater } from '../../src/snapshots/deflater.ts';

test('a text is compressed to the same bytes, whatever was compressed before it', async () => {
  const texts = Array.from({ length: 37 }, (_, index) => Buffer.from(`text ${index} `.repeat(index + 1)));
  const deflater = new Deflater();
  const first: string[] = [];
  // So many that some end where a piece of zlib's output does.
  for (let round = 0; round < 400; round += 1) {
    for (const [index, text] of texts.entries()) {
      const bytes = (await deflater.deflate(text)).toString('hex');
      first[index] ??= bytes;
      if (bytes !== first[index]) expect(bytes).toBe(first[index]);
    }
  }
  expect(first).toHaveLength(texts.length);
  deflater.close();
});
