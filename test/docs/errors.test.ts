import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { errorPage, errorPageFile } from '../../docs/tools/write-errors.ts';
import { errors } from '../../src/errors.ts';

test('docs/errors.md is in step with the registry (npm run docs:errors)', () => {
  expect(readFileSync(errorPageFile, 'utf8')).toBe(errorPage());
});

test('every error has exactly one row', () => {
  const rows = [...errorPage().matchAll(/^\| `(\w+)` +\| \d/gm)].map(([, type]) => type);
  expect(rows).toEqual(Object.keys(errors));
});
