import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolder, zipBot } from '../support/bot-files.ts';
import { lacking } from '../support/pages.ts';
import { sampleBots } from '../support/samples.ts';
import type { Json } from '../support/server.ts';
import { botportInTerminal } from '../support/terminal.ts';
import { botport } from './run.ts';

const folder = scratchFolder();
const archive = path.join(folder, 'bank.zip');
const bank = sampleBots().find(({ name }) => name === 'samples/bank-assistant');
if (!bank) throw new Error('the sample is missing');
await zipBot(archive, { 'botDefinition.json': bank.definition, 'config.json': bank.config });

const run = (...args: string[]) => botport(['inspect', archive, ...args]);

test('what is in an archive is told in builders’ words', async () => {
  const { code, stdout, stderr } = await run();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^"Harbour Bank Assistant" {2}st-/);
  expect(stdout).toMatch(/^ {2}languages {2}en \(default\), de$/m);
  expect(stdout).toMatch(/^ {2}platform {3}10\.1\.30$/m);
  expect(stdout).toMatch(/^ {2}Dialogs +32 +\d+,\d+ bytes$/m);
  expect(stdout).toMatch(/^Dialogs \(32\)$/m);
  expect(stdout).toMatch(/^ {4}call -> dialog "Order Card"$/m);
});

test('--json prints one value, with everything', async () => {
  const { code, stdout } = await run('--json');
  expect(code).toBe(0);
  expect(stdout.trimEnd()).not.toContain('\n');
  expect(JSON.parse(stdout)).toMatchObject({
    kind: 'archive',
    name: 'Harbour Bank Assistant',
    languages: ['en', 'de'],
    callers: expect.any(Array),
    calls: expect.any(Array),
  });
});

test('--dialog leaves what the dialog reaches, and what reaches it', async () => {
  const { stdout } = await run('--dialog', 'block card', '--json');
  const { callers } = JSON.parse(stdout) as { callers: Json[] };
  const names = callers.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['Block Card', 'Order Card', 'Report Fraud']));
  expect(names).not.toContain('Mortgage Appointment');
});

test('--graph prints the graph and nothing else', async () => {
  const dot = await run('--graph', 'dot', '--dialog', 'Block Card');
  expect(dot.stdout).toMatch(/^digraph "Harbour Bank Assistant" \{\n[\s\S]*\n\}\n$/);
  const mermaid = await run('--graph', 'mermaid', '--dialog', 'Block Card');
  expect(mermaid.stdout).toMatch(/^flowchart LR\n/);
  expect(mermaid.stdout).toMatch(/^ {2}n\d+\["Block Card"\]$/m);
});

test('in a terminal it prints the same', async ({ skip }) => {
  skip(lacking('script').length > 0, 'needs script (bsdutils)');
  const { code, output } = await botportInTerminal(['inspect', archive, '--dialog', 'Block Card']);
  expect(code).toBe(0);
  expect(output.replaceAll('\r\n', '\n')).toBe((await run('--dialog', 'Block Card')).stdout);
});

test.each([
  ['an unknown dialog', ['--dialog', 'Blok Card'], 3, 'did you mean "Block Card"?'],
  ['an unknown language of graphs', ['--graph', 'svg'], 2, 'dot, mermaid'],
  ['a graph as JSON', ['--graph', 'dot', '--json'], 2, 'cannot be used with'],
])('%s is refused', async (_what, args, code, words) => {
  const outcome = await run(...args);
  expect(outcome).toMatchObject({ code, stdout: '' });
  expect(outcome.stderr).toContain(words);
});

test('what is no bot is refused in a line or two', async () => {
  const file = path.join(folder, 'none.json');
  writeFileSync(file, '[]');
  const { code, stdout, stderr } = await botport(['inspect', file]);
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toMatch(/^botport: The file is not a bot definition: .*\n[^\n]*\n$/);
});
