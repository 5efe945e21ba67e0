import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Log } from 'sarif';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeZip } from '../archives/zip-kit.ts';
import { cases, freshBot, membersOf } from '../secrets/corpus.ts';
import { lacking } from '../support/pages.ts';
import { botportInTerminal } from '../support/terminal.ts';
import { botport } from './run.ts';

const root = mkdtempSync(path.join(tmpdir(), 'botport-scan-'));
afterAll(() => rmSync(root, { recursive: true }));
const at = (name: string) => path.join(root, name);

const planted = [
  'Azure Storage, 1',
  'a password that somebody chose, 1',
  'basic authentication, 1',
  'a key in a script, 2',
].map((title) => cases.find((one) => one.title === title) ?? expect.fail(title));

/** The bot in its four forms. */
const forms = {
  archive: at('bot.zip'),
  folder: at('files'),
  definition: at('one.json'),
  exploded: at('my-bot'),
};

beforeAll(async () => {
  const bot = freshBot();
  for (const { plant } of planted) plant(bot);
  const members = membersOf(bot);
  writeFileSync(forms.archive, makeZip(members.map(({ name, content }) => ({ name, content }))));
  mkdirSync(forms.folder);
  for (const { name, content } of members) writeFileSync(path.join(forms.folder, name), content);
  writeFileSync(forms.definition, members[0]?.content ?? '');
  writeFileSync(at('clean.json'), JSON.stringify({ _id: 'st-1', dialogs: [] }));
  await botport(['explode', forms.archive, forms.exploded]);
});

interface Told {
  bots: {
    path: string;
    findings: { kind: string; file: string; line: number; column: number; id: string }[];
  }[];
  accepted: number;
}
const told = async (...args: string[]) =>
  JSON.parse((await botport(['scan', '--json', ...args])).stdout) as Told;

test('scan tells of each secret its kind, its place and how it begins, and ends with 1', async () => {
  const { code, stdout, stderr } = await botport(['scan', forms.archive]);
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  expect(stdout).toContain('error    azure-storage-key: variable "endpoint"');
  expect(stdout).toContain('warning  password: node "sortRates", script line 2 "password"');
  expect(stdout).toContain('error    basic-auth: node "getLoanQuote", header "Authorization"');
  expect(stdout).toContain('error    private-key: bot_functions.js, line 7 "pem"');
  expect(stdout).toMatch(/\n3 errors, 1 warning\n$/);
});

test.each(['archive', 'exploded'] as const)(
  'scan never prints a secret of a bot in the form %s',
  async (form) => {
    const outputs = await Promise.all(
      [[], ['--json'], ['--sarif']].map((way) => botport(['scan', forms[form], ...way])),
    );
    for (const { stdout, stderr } of outputs) {
      expect(stdout).not.toBe('');
      for (const { secret } of planted) expect(stdout + stderr).not.toContain(secret.slice(0, 9));
    }
  },
);

test('scan ends with 0 where there is nothing to find', async () => {
  expect(await botport(['scan', at('clean.json')])).toEqual({
    code: 0,
    stdout: 'no secrets found\n',
    stderr: '',
  });
});

test('scan takes several bots', async () => {
  const { bots } = await told(forms.archive, at('clean.json'), forms.definition);
  expect(bots.map(({ path: place, findings }) => [place, findings.length])).toEqual([
    [forms.archive, 4],
    [at('clean.json'), 0],
    [forms.definition, 2],
  ]);
});

test('a finding has the same id in all forms of a bot', async () => {
  const ids = async (place: string) => (await told(place)).bots[0]?.findings.map(({ id }) => id);
  const expected = await ids(forms.archive);
  expect(expected).toHaveLength(4);
  expect(await ids(forms.folder)).toEqual(expect.arrayContaining(expected ?? []));
  expect(await ids(forms.exploded)).toEqual(expected);
});

test.each(['folder', 'exploded'] as const)(
  'the file, line and column of a finding in the form %s are where the secret begins',
  async (form) => {
    const found = (await told(forms[form])).bots[0]?.findings ?? [];
    const secrets = found.map(({ file, line, column }) => {
      const text =
        readFileSync(file, 'utf8')
          .split('\n')
          [line - 1]?.slice(column - 1) ?? '';
      return planted.some(({ secret }) => {
        const beginning = secret.slice(0, 9);
        return text.startsWith(beginning) || decodeURIComponent(text.slice(0, 27)).startsWith(beginning);
      });
    });
    expect(secrets).toEqual([true, true, true, true]);
  },
);

test('a script of an exploded bot is found in its own file', async () => {
  const [bot] = (await told(forms.exploded)).bots;
  const password = bot?.findings.find(({ kind }) => kind === 'password');
  expect(password?.file).toMatch(/my-bot\/definition\/dialogComponents\/sort-rates-\w{10}\.script\.js$/);
  expect(password?.line).toBe(2);
});

describe('a baseline', () => {
  const baseline = at('accepted.json');

  test('accepts what was found when it was written, and shows no secret', async () => {
    const written = await botport(['scan', forms.archive, '--write-baseline', baseline]);
    expect(written).toMatchObject({ code: 0, stderr: '' });
    expect(written.stdout).toContain(`accepted by ${baseline}`);
    const again = await botport(['scan', forms.exploded, '--baseline', baseline]);
    expect(again).toEqual({ code: 0, stdout: 'no secrets found; 4 accepted by the baseline\n', stderr: '' });
    for (const { secret } of planted)
      expect(readFileSync(baseline, 'utf8')).not.toContain(secret.slice(0, 9));
  });

  test('does not accept another secret at the same place, or the same one at another', async () => {
    const [before, other] = ['Winter', 'Spring'].map((word) => `${word}-2041-x`);
    const bot = (name: string, password = before) =>
      JSON.stringify({ dialogs: [{ name, refId: name, password }] });
    writeFileSync(at('a.json'), bot('a'));
    await botport(['scan', at('a.json'), '--write-baseline', at('a.baseline')]);
    const left = async (text: string) => {
      writeFileSync(at('a.json'), text);
      return (await botport(['scan', at('a.json'), '--baseline', at('a.baseline')])).code;
    };
    expect(await left(bot('a'))).toBe(0);
    expect(await left(bot('a', other))).toBe(1);
    expect(await left(bot('b'))).toBe(1);
  });

  test('that is none is wrong use', async () => {
    for (const file of [at('nothing'), forms.definition]) {
      const { code, stdout, stderr } = await botport(['scan', forms.archive, '--baseline', file]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain('The baseline is not in order');
    }
  });
});

/** What the standard asks of each result, and what code hosts ask beyond it. */
function checkSarif(log: Log): void {
  expect(log).toMatchObject({
    version: '2.1.0',
    $schema: expect.stringContaining('sarif-schema-2.1.0.json'),
  });
  expect(log.runs).toHaveLength(1);
  for (const { tool, results = [], artifacts = [] } of log.runs) {
    expect(tool.driver.name).toBe('botport');
    const rules = tool.driver.rules ?? [];
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
    for (const artifact of artifacts) {
      expect(artifact.location?.uri).toMatch(/^[^\s\\]+$/);
      expect(artifact.parentIndex ?? -1).toBeLessThan(artifacts.length);
    }
    expect(results.length).toBeGreaterThan(0);
    for (const { ruleId, ruleIndex = -1, level, message, locations, partialFingerprints } of results) {
      expect(rules[ruleIndex]?.id).toBe(ruleId);
      expect(['error', 'warning']).toContain(level);
      expect(message.text).not.toBe('');
      expect(locations).toHaveLength(1);
      const { artifactLocation, region } = locations?.[0]?.physicalLocation ?? {};
      expect(artifacts[artifactLocation?.index ?? -1]?.location?.uri).toBe(artifactLocation?.uri);
      expect(region?.startLine).toBeGreaterThanOrEqual(1);
      expect(region?.startColumn).toBeGreaterThanOrEqual(1);
      expect(Object.values(partialFingerprints ?? {})).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
    }
  }
}

describe('SARIF', () => {
  const sarif = async (place: string) => {
    const { code, stdout } = await botport(['scan', place, '--sarif']);
    expect(code).toBe(1);
    const log = JSON.parse(stdout) as Log;
    checkSarif(log);
    return log.runs[0] ?? expect.fail('no run');
  };

  test('names the files of a folder, so that they are shown in place', async () => {
    const uris = (await sarif(forms.exploded)).artifacts?.map(({ location }) => location?.uri ?? '') ?? [];
    expect(uris.some((uri) => /my-bot\/config\.json$/.test(uri))).toBe(true);
    expect(
      uris.some((uri) => /my-bot\/definition\/dialogComponents\/sort-rates-\w+\.script\.js$/.test(uri)),
    ).toBe(true);
  });

  test('names the members of an archive, within the archive', async () => {
    const { artifacts = [] } = await sarif(forms.archive);
    expect(artifacts[0]?.location?.uri).toMatch(/bot\.zip$/);
    expect(artifacts.slice(1).map(({ location, parentIndex }) => [location?.uri, parentIndex])).toEqual([
      ['botDefinition.json', 0],
      ['config.json', 0],
      ['bot_functions.js', 0],
    ]);
  });
});

test('scan refuses two forms of output at once', async () => {
  expect((await botport(['scan', forms.archive, '--json', '--sarif'])).code).toBe(2);
});

test('scan says what is wrong with a place that holds no bot', async () => {
  const { code, stderr } = await botport(['scan', at('nowhere')]);
  expect(code).toBe(3);
  expect(stderr).toContain('There is no bot');
});

test('names in a bot do not reach the terminal as control sequences', async () => {
  writeFileSync(
    at('odd.json'),
    JSON.stringify({ dialogs: [{ name: 'a\u001b[2J\nb', password: `Winter-${2041}-x` }] }),
  );
  const { stdout } = await botport(['scan', at('odd.json')]);
  expect(stdout).toContain('dialog "a [2J b"');
});

test.skipIf(lacking('script').length > 0)('scan prints the same in a terminal', async () => {
  const { code, output } = await botportInTerminal(['scan', forms.archive]);
  expect(code).toBe(1);
  expect(output.replaceAll('\r\n', '\n')).toBe((await botport(['scan', forms.archive])).stdout);
});
