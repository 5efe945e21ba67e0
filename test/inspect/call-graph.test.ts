import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { around, type CallGraph } from '../../src/inspect/call-graph.ts';
import { describeBot, describeCalls } from '../../src/inspect/describe.ts';
import { type Inspection, inspect } from '../../src/inspect/inspect.ts';
import { readLocalBot } from '../../src/local/read-bot.ts';
import { takeSnapshot } from '../../src/local/snapshot.ts';
import { limits, scratchFolder, writeBot } from '../support/bot-files.ts';
import { referenceBots } from '../support/reference.ts';
import { type Json, smallDefinition } from '../support/server.ts';

const folder = scratchFolder();
const uuid = (n: number) => `00000000-0000-5000-8000-${String(n).padStart(12, '0')}`;

async function inspected(place: string): Promise<Inspection> {
  const bot = await readLocalBot(place, limits);
  return inspect(bot, await takeSnapshot(bot, limits));
}

async function inspectedBot(more: Json, config: Json = { envVariables: [] }): Promise<Inspection> {
  const files = { 'botDefinition.json': smallDefinition(more), 'config.json': config };
  return inspected(writeBot(path.join(folder, 'bot'), files));
}

interface Called {
  n: number;
  calls?: number[];
  more?: Json;
}

/** A dialog whose nodes call others. */
const dialog = ({ n, calls = [], more = {} }: Called): Json => ({
  _id: `dg-${uuid(n)}`,
  refId: uuid(n + 500),
  lname: `dialog ${n}`,
  localeData: { de: { name: `Dialog ${n} auf Deutsch` }, en: { name: `Dialog ${n}` } },
  nodes: calls.map((to, index) => ({
    nodeId: `dialog${index}`,
    type: 'dialogAct',
    flowTaskId: `dg-${uuid(to)}`,
  })),
  ...more,
});

const chain = (...dialogs: Called[]) => inspectedBot({ dialogs: dialogs.map(dialog) });
const namesOf = ({ callers }: CallGraph) => callers.map(({ name }) => name);

describe('who calls whom', () => {
  test('tells what each reference is for, and how many there are', async () => {
    const graph = await chain({ n: 1, calls: [2, 2] }, { n: 2 });
    expect(graph.calls).toEqual([{ from: 0, to: 1, kind: 'call', times: 2 }]);
    expect(describeCalls(graph)).toEqual(['dialog "Dialog 1"', '  call -> dialog "Dialog 2" (2 times)']);
  });

  test('goes through the nodes of a dialog', async () => {
    const graph = await inspectedBot({
      dialogs: [
        dialog({ n: 1, more: { nodes: [{ nodeId: 'intent0', componentId: `dc-${uuid(7)}` }] } }),
        dialog({ n: 2 }),
      ],
      dialogComponents: [
        { _id: `dc-${uuid(7)}`, name: 'Ask', type: 'dialogAct', flowTaskId: `dg-${uuid(2)}` },
      ],
    });
    expect(describeCalls(graph)).toEqual(['dialog "Dialog 1"', '  call -> dialog "Dialog 2"']);
  });

  test('tells what leads nowhere', async () => {
    const graph = await chain({ n: 1, calls: [9] });
    expect(graph.callers[1]).toMatchObject({ what: 'nothing', name: `dg-${uuid(9)}` });
    expect(describeCalls(graph)[1]).toBe(`  call -> "dg-${uuid(9)}", which the bot does not have`);
  });

  test('begins with events and settings, too', async () => {
    const graph = await inspectedBot({
      dialogs: [dialog({ n: 1 })],
      defaultDialogId: uuid(501),
      botEvents: { onConnect: { task: uuid(501) } },
    });
    expect(describeCalls(graph)).toEqual([
      'setting "Events"',
      '  event -> dialog "Dialog 1"',
      'setting "defaultDialogId"',
      '  default dialog -> dialog "Dialog 1"',
    ]);
  });

  test('ends for cycles', async () => {
    const graph = await chain({ n: 1, calls: [2] }, { n: 2, calls: [1] }, { n: 3 });
    expect(namesOf(around(graph, 'Dialog 1'))).toEqual(['Dialog 1', 'Dialog 2']);
  });
});

describe('around a dialog', () => {
  const graph = chain(
    { n: 1, calls: [2] },
    { n: 2, calls: [3] },
    { n: 3, calls: [4] },
    { n: 4 },
    { n: 5, calls: [4] },
    { n: 6, calls: [1, 5] },
  );

  test('is what it reaches, and what reaches it, and no detour', async () => {
    const part = around(await graph, 'Dialog 2');
    expect(namesOf(part)).toEqual(['Dialog 1', 'Dialog 2', 'Dialog 3', 'Dialog 4', 'Dialog 6']);
    const calls = part.calls.map(({ from, to }) => `${namesOf(part)[from]} -> ${namesOf(part)[to]}`);
    expect(calls.sort()).toEqual([
      'Dialog 1 -> Dialog 2',
      'Dialog 2 -> Dialog 3',
      'Dialog 3 -> Dialog 4',
      'Dialog 6 -> Dialog 1',
    ]);
  });

  test.each([['dialog 2'], [`dg-${uuid(2)}`], [uuid(502)]])('goes by name, id or refId: %s', async (name) => {
    expect(namesOf(around(await graph, name))).toContain('Dialog 3');
  });

  test('of a name that no dialog has is refused, with the one most like it', async () => {
    const all = await graph;
    expect(() => around(all, 'Dialogue 2')).toThrow(/"Dialogue 2"; did you mean "Dialog 2"\?/);
  });
});

describe('what is in a bot', () => {
  const secret = 'top-secret-value';
  const bot = inspectedBot(
    {
      dialogs: [
        dialog({ n: 1, more: { state: 'published', note: 'env.HOST and env.ABSENT and content.hello' } }),
      ],
      sentences: [{ _id: 's1', sentence: 'hi' }],
      contentVariables: [
        { key: 'hello', value: secret },
        { key: 'spoken', localeData: { en: { value: secret } } },
        { key: 'unused', localeData: { en: { value: '' } } },
      ],
      supportedLanguages: ['en', 'de'],
      environmentVersionInfo: '10.1.30',
    },
    {
      name: 'A bot',
      envVariables: [
        { key: 'HOST', value: secret },
        { key: 'EMPTY', value: '' },
      ],
    },
  );

  test('is told by name, language, platform version and counts', async () => {
    expect(await bot).toMatchObject({
      kind: 'folder',
      name: 'A bot',
      id: 'st-00000000-0000-5000-8000-000000000001',
      defaultLanguage: 'en',
      languages: ['en', 'de'],
      platformVersion: '10.1.30',
    });
    expect((await bot).sections).toContainEqual({
      section: 'sentences',
      title: 'Utterances',
      items: 1,
      bytes: expect.any(Number),
    });
    expect((await bot).callers[0]).toMatchObject({ what: 'dialog', name: 'Dialog 1', state: 'published' });
  });

  test('variables are told by name, with whether they are used and set', async () => {
    expect((await bot).environmentVariables).toEqual([
      { key: 'ABSENT', used: true, state: 'missing' },
      { key: 'EMPTY', used: false, state: 'unset' },
      { key: 'HOST', used: true, state: 'set' },
    ]);
    expect((await bot).contentVariables).toEqual([
      { key: 'hello', used: true, state: 'set' },
      { key: 'spoken', used: false, state: 'set' },
      { key: 'unused', used: false, state: 'unset' },
    ]);
  });

  test('no value of a variable is anywhere', async () => {
    expect(JSON.stringify(await bot)).not.toContain(secret);
    expect(describeBot(await bot, 'bot').join('\n')).not.toContain(secret);
  });

  test('of a definition alone nobody knows what variables are set to', async () => {
    const file = path.join(folder, 'alone.json');
    writeFileSync(
      file,
      JSON.stringify(smallDefinition({ dialogs: [dialog({ n: 1, more: { a: 'env.X' } })] })),
    );
    expect((await inspected(file)).environmentVariables).toEqual([
      { key: 'X', used: true, state: 'unknown' },
    ]);
  });

  test('names cannot write anything but themselves on a terminal', async () => {
    const name = 'bell \u0007, csi \u009b31m, turn \u202e, line \u2028';
    const nasty = await inspectedBot({
      dialogs: [dialog({ n: 1, more: { localeData: { en: { name } } } })],
      [name]: [1, 2],
    });
    const text = describeBot(nasty, 'bot').join('\n');
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e]/u);
  });
});

describe('a real bot', () => {
  test.each(referenceBots())('$name', async ({ definition, config }) => {
    const place = writeBot(path.join(folder, 'real'), {
      'botDefinition.json': definition,
      'config.json': config,
    });
    const bot = await inspected(place);
    const value = JSON.parse(String(definition)) as Record<string, unknown>;
    for (const { section, items } of bot.sections) {
      const list = value[section];
      expect([section, items]).toEqual([section, Array.isArray(list) ? list.length : null]);
    }
    const dialogs = bot.callers.filter(({ section }) => section === 'dialogs');
    expect(dialogs).toHaveLength((value.dialogs as unknown[]).length);
  });
});
