import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { collectGarbage } from '../../src/housekeeping/collect-garbage.ts';
import { openDatabase } from '../../src/storage/database.ts';
import {
  type Caller,
  callerOf,
  exportBot,
  importedBot,
  type Json,
  publishBot,
  replaceDraft,
  smallDefinition,
  startServer,
  type TestServer,
  upload,
} from '../support/server.ts';

let server: TestServer;
let admin: Caller;
/** A bot with two drafts and two versions of them. */
let bot: string;

beforeAll(async () => {
  server = await startServer({ keepReady: 0 });
  admin = await callerOf(server, await server.createApp());
  bot = await importedBot(server, admin, source(1));
  await publishBot(admin, bot);
  await replaceDraft(server, admin, bot, source(2));
  await publishBot(admin, bot);
});
afterAll(() => server.close());

const uuid = (n: number) => `00000000-0000-5000-8000-${String(n).padStart(12, '0')}`;

/** The n-th state of a bot: one dialog of thirty changes, and an utterance comes. */
const state = (n: number): Json =>
  smallDefinition({
    dialogs: Array.from({ length: 30 }, (_, index) => ({
      _id: `dg-${uuid(index)}`,
      refId: uuid(100 + index),
      nodes: [{ nodeId: 'message1', componentId: `dc-${uuid(index)}` }],
      lname: `dialog ${index}`,
      localeData: { en: { name: `Dialog ${index}` } },
      words: index === n % 30 ? `changed in state ${n}` : 'as ever',
      lastModifiedOn: `2025-01-0${n}`,
    })),
    dialogComponents: [{ _id: `dc-${uuid(4)}`, refId: uuid(200), name: 'Ask', type: 'entity', n }],
    sentences: Array.from({ length: n }, (_, index) => ({
      _id: String(index).padStart(24, '0'),
      sentence: `utterance ${index}`,
      taskName: 'Book',
    })),
  });
const source = (n: number) => ({ definition: JSON.stringify(state(n)) });

/** What every two states differ in, one after the other. */
const words = (from: number, to: number) => [
  'changed node "Ask" (entity) of dialog "Dialog 4"',
  ...[from, to].toSorted((one, other) => one - other).map((n) => `changed dialog "Dialog ${n}"`),
  to > from
    ? `added utterance "utterance ${from}" of "Book"`
    : `removed utterance "utterance ${to}" of "Book"`,
];

const diffPath = (from: string, to: string, query: Record<string, string> = {}) =>
  `/api/v1/diff?${new URLSearchParams({ from, to, ...query })}`;

async function diff(from: string, to: string, query: Record<string, string> = {}): Promise<Json> {
  const { status, body } = await admin.get(diffPath(from, to, query));
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body;
}

type Section = { section: string; items: { change: string; words: string }[] };
const wordsIn = ({ sections }: Json) =>
  (sections as Section[]).flatMap(({ items }) => items.map((item) => `${item.change} ${item.words}`));

async function refusal(from: string, to: string, query = {}, caller = admin) {
  const { status, body } = await caller.get(diffPath(from, to, query));
  const [error] = body.errors as { type: string; detail?: string }[];
  return { status, type: error?.type, detail: error?.detail };
}

describe('the difference of', () => {
  test('two drafts', async () => {
    const body = await diff(`draft:${bot}@1`, `draft:${bot}@2`);
    expect(wordsIn(body)).toEqual(words(1, 2));
    expect(body).toMatchObject({
      from: { side: `draft:${bot}@1`, words: 'draft 1 of "A bot"' },
      to: { side: `draft:${bot}@2`, words: 'draft 2 of "A bot"' },
      same: false,
      counts: { added: 1, removed: 0, changed: 3, moved: 0 },
      noise: { times: 30 },
      noisyItems: 28,
    });
  });

  test('the draft and a version, either way', async () => {
    expect(wordsIn(await diff(`version:${bot}@1`, `draft:${bot}`))).toEqual(words(1, 2));
    expect(wordsIn(await diff(`draft:${bot}`, `version:${bot}@1`))).toEqual(words(2, 1));
  });

  test('the draft and the newest version, which are the same', async () => {
    expect(await diff(`version:${bot}`, `draft:${bot}`)).toMatchObject({ same: true, sections: [] });
  });

  test('two bots', async () => {
    const other = await importedBot(server, admin, source(2));
    expect(await diff(`draft:${bot}`, `draft:${other}`)).toMatchObject({ same: true, sections: [] });
    expect(wordsIn(await diff(`draft:${bot}@1`, `draft:${other}`))).toEqual(words(1, 2));
  });

  test('a whole export and what it was made of', async () => {
    const { status } = await exportBot(admin, bot, { exportType: 'published' });
    const body = await diff(`version:${bot}`, `export:${status._id}`);
    expect(body).toMatchObject({
      same: true,
      sections: [],
      to: { words: 'the export (published) of "A bot"' },
    });
  });

  test('a part of a bot: what the export left out is gone from it, as in its archive', async () => {
    for (const body of [
      { exportType: 'latest', exportOptions: { tasks: ['botTask'] } },
      { exportType: 'latest', exportOptions: { nlpData: ['utterances'], settings: ['botSettings'] } },
      { exportType: 'latest', subTasks: { dialogs: ['Dialog 4', 'Dialog 7'] } },
    ]) {
      const { status, archive } = await exportBot(admin, bot, body);
      const file = await upload(server, admin.token, archive, 'part.zip');
      const [ofExport, ofFile] = [
        await diff(`draft:${bot}`, `export:${status._id}`),
        await diff(`draft:${bot}`, `file:${file}`),
      ];
      expect({ ...ofExport, to: null }).toEqual({ ...ofFile, to: null });
      expect(await diff(`file:${file}`, `export:${status._id}`)).toMatchObject({ same: true, sections: [] });
      expect(ofExport.same).toBe(false);
    }
  });

  test('an archive and a definition that were uploaded', async () => {
    const { archive } = await exportBot(admin, bot);
    const zip = await upload(server, admin.token, archive, 'bot.zip');
    const definition = await upload(server, admin.token, source(3).definition, 'botDefinition.json');
    expect(await diff(`draft:${bot}`, `file:${zip}`)).toMatchObject({ same: true, sections: [] });
    const body = await diff(`file:${zip}`, `file:${definition}`);
    expect(wordsIn(body)).toEqual(words(2, 3));
    expect(body).toMatchObject({
      from: { words: 'the file "bot.zip"' },
      to: { words: 'the file "botDefinition.json"' },
    });
  });

  test('a state that was frozen', async () => {
    const old = await importedBot(server, admin, source(5));
    await replaceDraft(server, admin, old, source(6));
    await collectGarbage({ ...loadConfig({}), dataFolder: server.dataFolder });
    expect(wordsIn(await diff(`draft:${old}`, `draft:${old}@1`))).toEqual(words(6, 5));
  });
});

test('many differences of files at once wait for each other, and all come', async () => {
  const files = await Promise.all(
    [1, 2, 3].map((n) => upload(server, admin.token, source(n).definition, 'botDefinition.json')),
  );
  const pairs = files.flatMap((one) => files.map((other) => [one, other] as const));
  const all = await Promise.all(pairs.map(([one, other]) => diff(`file:${one}`, `file:${other}`)));
  expect(all.map(({ same }) => same)).toEqual(pairs.map(([one, other]) => one === other));
});

describe('as text', () => {
  const text = async (query: Record<string, string>, accept = '*/*') => {
    const response = await fetch(`${server.url}${diffPath(`version:${bot}@1`, `draft:${bot}`, query)}`, {
      headers: { auth: admin.token, accept },
    });
    return { type: response.headers.get('content-type'), text: await response.text() };
  };
  const expected = `from  version 1 of "A bot"  version:BOT@1
to    the draft of "A bot"  draft:BOT

1 added, 3 changed
Set apart as noise: times 30; 28 items differ in nothing else

Nodes: 1 changed
  ~ node "Ask" (entity) of dialog "Dialog 4"
      n: 1 -> 2

Dialogs: 2 changed; noise: times 30; 28 items differ in nothing else
  ~ dialog "Dialog 1"
      words: "changed in state 1" -> "as ever"
  ~ dialog "Dialog 2"
      words: "as ever" -> "changed in state 2"

Utterances: 1 added
  + utterance "utterance 1" of "Book"
`;

  test('it reads as a report, the same each time', async () => {
    for (const reply of [await text({ format: 'text' }), await text({}, 'text/plain')]) {
      expect(reply.type).toBe('text/plain; charset=utf-8');
      expect(reply.text.replaceAll(bot, 'BOT')).toBe(expected);
    }
  });

  test('only for who asks for it', async () => {
    for (const reply of [
      await text({}),
      await text({ format: 'json' }, 'text/plain'),
      await text({}, 'application/json, text/plain'),
    ]) {
      expect(reply.type).toContain('application/json');
    }
  });
});

test('the same difference is answered with the same bytes', async () => {
  const ask = async () =>
    (
      await fetch(`${server.url}${diffPath(`draft:${bot}@1`, `draft:${bot}`)}`, {
        headers: { auth: admin.token },
      })
    ).text();
  expect(await ask()).toBe(await ask());
});

test('so many items are listed as the caller wants, and all are counted', async () => {
  const body = await diff(`draft:${bot}@1`, `draft:${bot}`, { limit: '1' });
  expect(wordsIn(body)).toEqual(words(1, 2).slice(0, 1));
  expect(body).toMatchObject({ itemsLeftOut: 3, counts: { added: 1, removed: 0, changed: 3, moved: 0 } });
  expect(wordsIn(await diff(`draft:${bot}@1`, `draft:${bot}`, { limit: '0' }))).toEqual([]);
});

describe('refused is', () => {
  test('a side of an unknown kind', async () => {
    for (const side of ['', 'draft', 'draft:', `bot:${bot}`, `draft:${bot}@0`, `draft:${bot}@x`, 'file:zz']) {
      const { status, type } = await refusal(side, `draft:${bot}`);
      expect([status, type]).toEqual(side === '' ? [412, 'invalid_arguments'] : [400, 'invalid_side']);
    }
  });

  test('a call without a side, with two, with an unknown format or limit', async () => {
    for (const query of [
      `from=draft:${bot}`,
      `from=draft:${bot}&to=draft:${bot}&to=draft:${bot}`,
      `from=draft:${bot}&to=draft:${bot}&format=xml`,
      `from=draft:${bot}&to=draft:${bot}&limit=2001`,
      `from=draft:${bot}&to=draft:${bot}&limit=-1`,
    ]) {
      expect((await admin.get(`/api/v1/diff?${query}`)).status).toBe(412);
    }
  });

  test('a state, export or file that is not there', async () => {
    const draft = `draft:${bot}`;
    expect(await refusal(draft, `draft:${bot}@9`)).toMatchObject({ status: 400, type: 'unknown_version' });
    expect(await refusal(draft, `version:${bot}@9`)).toMatchObject({ type: 'unknown_version' });
    const fresh = await importedBot(server, admin, source(1));
    expect(await refusal(draft, `version:${fresh}`)).toMatchObject({ type: 'no_published_version' });
    expect(await refusal(draft, `draft:st-${uuid(1)}`)).toMatchObject({ type: 'invalid_stream_id' });
    expect(await refusal(draft, `export:ber-${uuid(1)}`)).toMatchObject({ type: 'invalid_request_id' });
    expect(await refusal(draft, `file:${'0'.repeat(24)}`)).toMatchObject({ type: 'invalid_file_id' });
  });

  test('an export that is not there yet, or failed', async () => {
    const { status } = await exportBot(admin, bot);
    const db = await openDatabase(server.dataFolder);
    for (const state of ['pending', 'failed'] as const) {
      await db
        .updateTable('export_requests')
        .set({ status: state })
        .where('id', '=', String(status._id))
        .execute();
      expect(await refusal(`draft:${bot}`, `export:${status._id}`)).toMatchObject({
        status: 409,
        type: 'export_not_ready',
        detail: `${status._id} is ${state}`,
      });
    }
    await db.destroy();
  });

  test('a file that is no bot', async () => {
    for (const [content, expected] of [
      ['no JSON', 'definition_incomplete'],
      ['{"dialogs":', 'json_malformed'],
      ['{"dialogs":[]}', 'definition_incomplete'],
      ['PK and no zip', 'zip_malformed'],
      ['', 'json_malformed'],
    ] as const) {
      const file = await upload(server, admin.token, content);
      expect([content, await refusal(`file:${file}`, `draft:${bot}`)]).toMatchObject([
        content,
        { status: 400, type: expected },
      ]);
    }
  });

  test('an app without the scope', async () => {
    const app = await server.createApp({ scopes: ['bot_publish:publish_status'] });
    const caller = await callerOf(server, app);
    expect(await refusal(`draft:${bot}`, `draft:${bot}`, {}, caller)).toMatchObject({
      status: 401,
      type: 'scope_missing',
    });
  });

  test('a bot the app does not cover, and an export of it', async () => {
    const other = await importedBot(server, admin, source(1));
    const { status } = await exportBot(admin, other);
    const limited = await callerOf(server, await server.createApp({ bots: [bot] }));
    for (const side of [`draft:${other}`, `version:${other}`]) {
      expect(await refusal(`draft:${bot}`, side, {}, limited)).toMatchObject({ type: 'invalid_stream_id' });
    }
    expect(await refusal(`export:${status._id}`, `draft:${bot}`, {}, limited)).toMatchObject({
      type: 'invalid_request_id',
    });
    const builder = await callerOf(server, await server.createApp({ kind: 'builder', bots: [bot] }));
    expect((await builder.get(diffPath(`draft:${bot}@1`, `draft:${bot}`))).status).toBe(200);
    expect(await refusal(`draft:${bot}`, `draft:${other}`, {}, builder)).toMatchObject({
      status: 401,
      type: 'invalid_credentials',
    });
  });
});
