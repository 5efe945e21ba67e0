import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { screencast, screencastFile } from '../../docs/tools/write-screencast.ts';

test('docs/screencast.svg shows what the commands print (npm run docs:screencast)', async () => {
  expect(readFileSync(screencastFile, 'utf8')).toBe(await screencast());
});
