import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeExport } from '../../src/cli/describe-export.ts';
import type { Explanation } from '../../src/client/replies.ts';
import { readOptions } from '../../src/definition/options.ts';
import { catalogue, type Leftover, type Owner, stubFields } from '../../src/definition/sections.ts';
import { BotportError } from '../../src/errors.ts';
import { membersOf } from '../support/archive.ts';
import {
  type Caller,
  callerOf,
  exportBot,
  importedBot,
  type Json,
  publishBot,
  startServer,
  type TestServer,
} from '../support/server.ts';

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url));
const page = read('docs/choosing.md').toString();
const compatibility = read('docs/compatibility.md').toString();

/** A block of the page: the heading it stands under, what it holds, and what follows up to the next heading. */
interface Block {
  heading: string;
  text: string;
  after: string;
}

function blocks(info: string): Block[] {
  return page.split(/^(?=#{2,3} )/m).flatMap((section) => {
    const [heading = ''] = section.split('\n');
    return [...section.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)]
      .filter(([, found]) => found === info)
      .map((match) => ({
        heading: heading.replace(/^#+ /, ''),
        text: match[2] ?? '',
        after: section.slice(match.index + match[0].length),
      }));
  });
}

/** The cells of the first table in a text, without its head. */
function rows(text: string): string[][] {
  const [table = ''] = text.match(/(?:^\|.*\n)+/m) ?? [];
  return table
    .trimEnd()
    .split('\n')
    .slice(2)
    .map((row) =>
      row
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

const section = (text: string, heading: string) =>
  text.split(/^(?=#{2,4} )/m).find((part) => part.startsWith(`${heading}\n`)) ?? '';

const names = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

const examples = blocks('json export-example');

describe('every example of the page comes out as it says', () => {
  const sample = {
    definition: read('samples/bank-assistant/botDefinition.json'),
    config: read('samples/bank-assistant/config.json'),
  };
  const whole = JSON.parse(sample.definition.toString()) as Json;
  const wholeVariables = variablesOf(sample.config);
  let server: TestServer;
  let caller: Caller;
  let botId: string;

  beforeAll(async () => {
    server = await startServer();
    caller = await callerOf(server, await server.createApp());
    botId = await importedBot(server, caller, sample);
    await publishBot(caller, botId);
  });
  afterAll(() => server.close());

  const planOf = async (request: Json) => {
    const { status, body } = await caller.post(`/api/v1/bots/${botId}/export-plans`, request);
    expect(status, JSON.stringify(body)).toBe(200);
    return body as unknown as Explanation;
  };

  test('there are examples', () => expect(examples.length).toBeGreaterThanOrEqual(8));

  test.each(examples)('$heading', async ({ text, after }) => {
    const request = JSON.parse(text) as Json;
    const { archive, status } = await exportBot(caller, botId, request);
    const members = await membersOf(archive);
    const definition = JSON.parse(String(members.get('botDefinition.json'))) as Json;
    const variables = variablesOf(members.get('config.json'));

    const explained = await caller.get(`/api/v1/exports/${status._id}`);
    const plan = await planOf(request);
    for (const list of ['sections', 'tasks', 'dangling'] as const) {
      expect(explained.body[list]).toEqual(plan[list]);
    }

    const figures: Record<string, () => string> = {
      sections: () => `${Object.keys(definition).length} of ${Object.keys(whole).length}`,
      'environment variables': () => `${variables.length} of ${wholeVariables.length}`,
      'events switched on': () => `${eventsOn(definition)} of ${Object.keys(whole.botEvents as Json).length}`,
      'size of the definition': () =>
        `${members.get('botDefinition.json')?.length.toLocaleString('en')} bytes`,
      'dangling references': () => `${plan.dangling.length}`,
      'tasks that came along': () =>
        plan.tasks
          .filter(({ neededBy }) => neededBy.length > 0)
          .map(({ name }) => name)
          .join(', '),
    };
    const table = rows(after);
    expect(table.length).toBeGreaterThan(2);
    for (const [what = '', comesOut = ''] of table) {
      const [key] = names(what);
      const explanation = plan.sections.find((one) => one.section === key);
      if (key === undefined) expect(figures[what]?.(), what).toBe(comesOut);
      else expect(sectionFigure(key, comesOut, definition[key], explanation), what).toBe(comesOut);
    }
  });

  /** What came out of a section, in the kind of words the page has for it, after a look at the content. */
  function sectionFigure(
    key: string,
    comesOut: string,
    value: unknown,
    explained: Explanation['sections'][number] | undefined,
  ): string {
    expect(whole, 'the sample has the section').toHaveProperty(key);
    if (value === undefined) {
      expect(explained?.state).toBe('left out');
      return 'left out';
    }
    if (comesOut === 'whole' || comesOut === 'empty') {
      if (JSON.stringify(value) === JSON.stringify(whole[key])) return 'whole';
      expect(explained?.state).toBe('emptied');
      return /^(\[\]|\{\})$/.test(JSON.stringify(value)) ? 'empty' : 'edited';
    }
    const [items, of] = [value as Json[], whole[key] as Json[]];
    expect([explained?.items, explained?.of]).toEqual([items.length, of.length]);
    if (comesOut.endsWith('stubs')) {
      expect(JSON.stringify(items)).toBe(JSON.stringify(of.map((item) => stub(key, item))));
      return `${items.length} stubs`;
    }
    const there = new Set(of.map((item) => JSON.stringify(item)));
    for (const item of items) expect(there, `an item of ${key}`).toContain(JSON.stringify(item));
    return `${items.length} of ${of.length}`;
  }

  test.each(blocks('text export-explained'))('$heading, explained', async ({ heading, text }) => {
    const request = examples.find((example) => example.heading === heading)?.text ?? '';
    const output = describeExport(await planOf(JSON.parse(request)));
    let at = 0;
    for (const line of text.trimEnd().split('\n')) {
      if (line.trim() === '…') continue;
      const matches = (printed: string) =>
        line.endsWith('…') ? printed.startsWith(line.slice(0, -1)) : printed === line;
      const found = output.findIndex((printed, index) => index >= at && matches(printed));
      expect(found, line).not.toBe(-1);
      at = found + 1;
    }
  });

  test.each(blocks('json export-refused'))('$heading, refused', async ({ text, after }) => {
    const { body } = await caller.post(`/api/public/bot/${botId}/export`, JSON.parse(text));
    const [, reply = ''] = after.match(/^```json\n(.*?)^```$/ms) ?? [];
    expect(body).toEqual(JSON.parse(reply));
  });
});

function variablesOf(config: Buffer | undefined): unknown[] {
  return (JSON.parse(String(config)) as { envVariables: unknown[] }).envVariables;
}

function eventsOn({ botEvents }: Json): number {
  return Object.values(botEvents as Record<string, Json>).filter(({ enabled }) => enabled === true).length;
}

function stub(key: string, item: Json): Json {
  const fields = stubFields[key] ?? { keep: [] };
  const kept =
    'keep' in fields
      ? fields.keep.filter((name) => name in item)
      : Object.keys(item).filter((name) => !fields.drop.includes(name));
  return Object.fromEntries(kept.map((name) => [name, item[name]]));
}

const ownerWords = (owner: Owner) => {
  switch (owner.by) {
    case 'component':
      return `\`${owner.family}.${owner.value}\``;
    case 'family':
      return `any of \`${owner.family}\``;
    default:
      return 'none';
  }
};
const leftoverWords: Record<Leftover, string> = {
  absent: 'left out',
  'empty list': '`[]`',
  'empty object': '`{}`',
  stubs: 'stubs',
  whole: 'whole',
};

describe('the tables and the catalogue agree', () => {
  const components = rows(section(page, '## Components'));
  const ofBotSettings = names(
    section(page, '### The sections of `botSettings`').split('\n').slice(4).join('\n'),
  );

  test('which component decides over which section, and what is left without it', () => {
    const written = components.flatMap(([owner, leftover, sections = '']) => {
      const keys = owner === '`settings.botSettings`' ? ofBotSettings : names(sections);
      return keys.map((key) => [key, owner, leftover]);
    });
    const known = catalogue
      .filter(({ owner }) => owner.by === 'component' || owner.by === 'family')
      .map(({ key, owner, leftover }) => [key, ownerWords(owner), leftoverWords[leftover]]);
    expect(written.sort()).toEqual(known.sort());
  });

  test('what every export has', () => {
    const [, list = ''] = section(page, '### What every export has').split('\n\n').slice(1);
    const known = catalogue.filter(({ owner }) => owner.by === 'nobody').map(({ key }) => key);
    expect(names(list)).toEqual(known);
  });

  test('what a stub has', () => {
    const written = rows(section(page, '### Stubs')).map(([key = '', fields = '']) => {
      const listed = names(fields);
      return [names(key)[0], fields.startsWith('everything but') ? { drop: listed } : { keep: listed }];
    });
    expect(Object.fromEntries(written)).toEqual(stubFields);
  });

  test('the values a request can name', () => {
    const [, others = ''] = section(page, '## Components').split('Some values decide over nothing.');
    const written = [...components, ...rows(others)]
      .flatMap(([values = '']) => names(values))
      .filter((name) => name.includes('.'));
    const families = ['settings', 'tasks', 'nlpData', 'AgentAssist', 'botComponents'];
    const known = families.flatMap((family) => knownValues(family).map((value) => `${family}.${value}`));
    expect([...new Set(written)].sort()).toEqual(known.sort());
    expect(knownValues('AgentAI')).toEqual(knownValues('AgentAssist'));
  });
});

/** The values of a family, as the refusal of an unknown one lists them. */
function knownValues(family: string): string[] {
  try {
    readOptions({ exportType: 'latest', exportOptions: { [family]: ['@'] } });
  } catch (error) {
    const [, list] = (error instanceof BotportError ? (error.detail ?? '') : '').split('known are ');
    if (list !== undefined) return list.split(', ');
  }
  throw new Error(`no list of the values of ${family}`);
}

test('compatibility.md lists every rule of the catalogue that real exports do not prove', () => {
  const part = section(compatibility, '### Sections and their components');
  const written = rows(part).flatMap(([proof, owner, leftover, sections = '']) =>
    names(sections).map((key) => [key, proof, owner, leftover]),
  );
  const known = catalogue
    .filter(({ proof }) => proof !== 'observed')
    .map(({ key, proof, owner, leftover }) => [key, proof, ownerWords(owner), leftoverWords[leftover]]);
  expect(written.sort()).toEqual(known.sort());
});
