import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { commandPage, commandPageFile } from '../../docs/tools/write-commands.ts';

test('docs/commands.md is in step with the commands (npm run docs:commands)', () => {
  expect(readFileSync(commandPageFile, 'utf8')).toBe(commandPage());
});
