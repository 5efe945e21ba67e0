import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import about from '../../package.json' with { type: 'json' };

const page = readFileSync(new URL('../../docs/dependencies.md', import.meta.url), 'utf8');

test.each([
  { heading: 'At run time', packages: about.dependencies },
  { heading: 'For development', packages: about.devDependencies },
])('the page and package.json agree: $heading', ({ heading, packages }) => {
  const section = page.split('\n## ').find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const rows = [...section.matchAll(/^\| `([^`]+)` +\| \S/gm)].map(([, name]) => name);
  expect(rows).toEqual(Object.keys(packages).sort());
});
