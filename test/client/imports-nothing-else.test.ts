import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a source imports, as it stands there: at run time and in types, at once and when it is needed. */
function importsOf(file: string): string[] {
  const code = readFileSync(path.join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  return [...code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"\s]+)['"]/g)].map(([, found = '']) => found);
}

test('the SDK imports nothing of the server, at run time and in types', () => {
  const files = new Set(['src/client/index.ts']);
  const packages = new Set<string>();
  for (const file of files) {
    for (const found of importsOf(file)) {
      if (found.startsWith('.')) files.add(path.join(path.dirname(file), found));
      else packages.add(found.startsWith('node:') ? 'node:' : found);
    }
  }
  expect(files.size).toBeGreaterThan(25);
  const elsewhere = [...files].filter((file) => path.dirname(file) !== 'src/client');
  expect(elsewhere).toEqual(['src/auth/make-token.ts']);
  expect([...packages].sort()).toEqual(['jose', 'node:', 'undici', 'zod']);
});

test('undici is loaded when it is needed', () => {
  const code = readFileSync(path.join(root, 'src/client/connection.ts'), 'utf8');
  expect(code).not.toMatch(/^import (?!type).*'undici'/m);
});
