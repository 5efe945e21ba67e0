import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { membersOf } from '../support/archive.ts';
import { botport, type Outcome } from './run.ts';

const archives = ['bank-assistant-latest.zip', 'bank-assistant-published.zip', 'block-card.zip'];
const folder = mkdtempSync(path.join(tmpdir(), 'botport-demo-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const out = path.join(folder, 'deep', 'out');
const temporary = path.join(folder, 'tmp');
const data = path.join(folder, 'data');
let outcome: Outcome;

beforeAll(async () => {
  mkdirSync(temporary);
  outcome = await botport(['demo', '--out', out], {
    TMPDIR: temporary,
    // A real server's settings are none of the demo's business.
    BOTPORT_DATA: data,
    BOTPORT_PORT: 'none',
    BOTPORT_RATE_LIMIT: '1/1',
  });
});

describe('the demo', () => {
  test('ends well, and says nothing to standard error', () => {
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
  });

  test('leaves exactly three archives, in a folder it makes', () => {
    expect(readdirSync(out).sort()).toEqual(archives);
  });

  test.each(archives)('leaves %s as a sound zip', (name) => {
    execFileSync('unzip', ['-tqq', path.join(out, name)]);
  });

  test('shows an export of a part beside whole ones', async () => {
    const dialogsIn = async (name: string) => {
      const members = await membersOf(readFileSync(path.join(out, name)));
      return JSON.parse(String(members.get('botDefinition.json'))).dialogs.length as number;
    };
    const whole = await dialogsIn('bank-assistant-latest.zip');
    expect(await dialogsIn('bank-assistant-published.zip')).toBe(whole);
    expect(await dialogsIn('block-card.zip')).toBeLessThan(whole);
    expect(await dialogsIn('block-card.zip')).toBeGreaterThan(1);
  });

  test('leaves no scratch folder', () => {
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('keeps away from the data folder of a real server', () => {
    expect(existsSync(data)).toBe(false);
  });

  test('says what it does and where the archives are', () => {
    for (const name of archives) expect(outcome.stdout).toContain(path.join(out, name));
    expect(outcome.stdout).toMatch(/ {2}POST \/api\/public\/bot\/import {2}st-/);
    expect(outcome.stdout).toMatch(/ {2}GET \.\.\.\/export\/status {2}success/);
    expect(outcome.stdout.trimEnd().split('\n').at(-1)).toContain(`the archives are in ${out}`);
  });
});

test('where the archives cannot go it ends with 3 and a line, and leaves no scratch folder', async () => {
  const file = path.join(folder, 'file');
  writeFileSync(file, '');
  const failed = await botport(['demo', '--out', file], { TMPDIR: temporary });
  expect(failed.code).toBe(3);
  expect(failed.stderr).toMatch(/^botport: E\w+: .*\n$/);
  expect(readdirSync(temporary)).toEqual([]);
});
