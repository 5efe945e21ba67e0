import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type RecipePart, RecipeWriter, readRecipe } from '../../src/archives/recipe.ts';

const literal = fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const runs = fc.record({
  from: fc.integer({ min: 0, max: 2 ** 40 }),
  count: fc.integer({ min: 1, max: 2 ** 40 }),
});
const parts = fc.array<RecipePart>(fc.oneof(literal, runs), { maxLength: 20 });

function written(parts: readonly RecipePart[]): Buffer {
  const writer = new RecipeWriter();
  for (const part of parts) writer.add(part);
  return writer.finish();
}

/** Bytes that touch, as one. */
function melted(parts: readonly RecipePart[]): RecipePart[] {
  const result: RecipePart[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (Buffer.isBuffer(part) && Buffer.isBuffer(last))
      result[result.length - 1] = Buffer.concat([last, part]);
    else result.push(part);
  }
  return result;
}

test('a recipe gives back its parts, with bytes that touch as one', () => {
  fc.assert(fc.property(parts, (parts) => void expect(readRecipe(written(parts))).toEqual(melted(parts))));
});

test('a recipe is the same however its bytes were cut', () => {
  fc.assert(fc.property(parts, (parts) => void expect(written(melted(parts))).toEqual(written(parts))));
});

test('a range of runs takes a few bytes, however many runs it has', () => {
  expect(written([{ from: 5, count: 1000 }])).toHaveLength(4);
});
