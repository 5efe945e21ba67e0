import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';

const page = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8');
const source = readFileSync(new URL('../../src/config.ts', import.meta.url), 'utf8');

const read = [...source.matchAll(/^ {2}(BOTPORT_\w+):/gm)].map(([, name]) => name);
const rows = [...page.matchAll(/^\| `(BOTPORT_\w+)` +\| (?:`([^`]*)`|none) +\|/gm)].map(
  ([, name = '', value]): [string, string | undefined] => [name, value],
);

test('the page lists the variables of the server, in the order of config.ts', () => {
  expect(rows.map(([name]) => name)).toEqual(read);
});

test('the page names no other variable than those of the commands', () => {
  const named = new Set(page.match(/BOTPORT_\w+/g));
  const commands = ['BOTPORT_CLIENT_ID', 'BOTPORT_CLIENT_SECRET'];
  expect([...named].sort()).toEqual([...read, ...commands].sort());
});

test.each(rows)('the default of %s is as the page says', (name, value) => {
  expect(loadConfig({ [name]: value })).toEqual(loadConfig({}));
});
