import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { inTurns } from '../../src/imports/in-turns.ts';

const bytes = Buffer.alloc(1_000_000, 'abc');

test('the bytes come as they are, with turns for others in between', async () => {
  let others = 0;
  const ticking = setInterval(() => {
    others += 1;
  }, 0);
  const pieces: Buffer[] = [];
  for await (const piece of inTurns(Readable.from([bytes, bytes]), new AbortController().signal)) {
    pieces.push(piece);
    const busy = performance.now() + 2;
    while (performance.now() < busy);
  }
  clearInterval(ticking);
  expect(Buffer.concat(pieces).equals(Buffer.concat([bytes, bytes]))).toBe(true);
  expect(others).toBeGreaterThan(20);
});

test('it ends with the reason of an abort, and lets go of the stream', async () => {
  const stop = new AbortController();
  const content = Readable.from([bytes, bytes]);
  const read = async () => {
    for await (const _ of inTurns(content, stop.signal)) stop.abort(new Error('enough'));
  };
  await expect(read()).rejects.toThrow('enough');
  expect(content.destroyed).toBe(true);
});
