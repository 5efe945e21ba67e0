import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { membersOf } from '../support/archive.ts';
import {
  type Caller,
  callerOf,
  exportBot,
  importedBot,
  type Json,
  smallDefinition,
  startServer,
  type TestServer,
  untilEnded,
  upload,
} from '../support/server.ts';

/*
 * For any bot, any file and any options: what a plan says is what its application does, item for item, seen from
 * outside, in the exports before and after; and whatever was not chosen is the same to the byte.
 */

let server: TestServer;
let admin: Caller;

beforeAll(async () => {
  server = await startServer();
  admin = await callerOf(server, await server.createApp());
});
afterAll(() => server.close());

/** Sections by what their items are known by. */
const lists = {
  dialogs: 'refId',
  dialogComponents: 'refId',
  knowledgeTasks: 'refId',
  sentences: '_id',
  patterns: 'refId',
  contentVariables: 'key',
} as const;
type ListKey = keyof typeof lists;

const items = (section: ListKey) =>
  fc
    .uniqueArray(fc.record({ n: fc.nat(5), text: fc.constantFrom('a', 'b', 'ü') }), {
      selector: ({ n }) => n,
      maxLength: 5,
    })
    .map((all) => all.map(({ n, text }) => itemOf(section, n, text)));

function itemOf(section: ListKey, n: number, text: string): Json {
  switch (section) {
    case 'dialogs':
      return { _id: `dg-${n}`, refId: `dialog ${n}`, localeData: { en: { name: `D${n}` } }, nodes: [text] };
    case 'sentences':
      return { _id: `s${n}`, sentence: `say ${n}`, taskId: 'dc-1', language: 'en', entities: [text] };
    case 'contentVariables':
      return { key: `content ${n}`, localeData: { en: { value: text } } };
    default:
      return { _id: `${section}-${n}`, refId: `${section} ${n}`, name: `N${n}`, value: text };
  }
}

const bot = fc.record({
  ...(Object.fromEntries(Object.keys(lists).map((key) => [key, items(key as ListKey)])) as {
    [key in ListKey]: ReturnType<typeof items>;
  }),
  color: fc.constantFrom('red', 'blue'),
  variables: fc.uniqueArray(
    fc.record({ key: fc.constantFrom('k1', 'k2', 'k3'), value: fc.constantFrom('', 'v') }),
    {
      selector: ({ key }) => key,
    },
  ),
});
type Bot = typeof bot extends fc.Arbitrary<infer B> ? B : never;

const flags = fc.record({ append: fc.boolean(), replace: fc.boolean() });
const options = fc.option(
  fc
    .record({
      tasks: fc.subarray(['botTask', 'knowledgeGraph']),
      nlpData: fc.subarray(['utterances', 'patterns', 'nlpSettings']),
      settings: fc.subarray(['botSettings', 'botVariables']),
      options: fc.record({ utterances: flags, patterns: flags }),
    })
    .filter(({ tasks, nlpData, settings }) => tasks.length + nlpData.length + settings.length > 0),
  { nil: undefined },
);

const sourceOf = ({ variables, ...sections }: Bot) => ({
  definition: JSON.stringify(smallDefinition(sections)),
  config: JSON.stringify({ name: 'A bot', envVariables: variables }),
});

async function contentOf(id: string): Promise<Json> {
  const members = await membersOf((await exportBot(admin, id)).archive);
  const { encryptedHash, exportOptions, ...definition } = JSON.parse(
    String(members.get('botDefinition.json')),
  );
  return { ...definition, 'config.json': String(members.get('config.json')) };
}

/** What became of the items of a list, found by hand. */
function changesOf(section: ListKey, before: Json, after: Json) {
  const name = (item: Json) => String(item[lists[section]]);
  const [old, now] = [before, after].map(
    (content) =>
      new Map(((content[section] as Json[]) ?? []).map((item) => [name(item), JSON.stringify(item)])),
  );
  const names = (map: Map<string, string> | undefined, keep: (name: string, text: string) => boolean) =>
    [...(map ?? [])]
      .filter(([key, text]) => keep(key, text))
      .map(([key]) => key)
      .sort();
  return {
    created: names(now, (key) => !old?.has(key)),
    replaced: names(now, (key, text) => old?.has(key) === true && old.get(key) !== text),
    deleted: names(old, (key) => !now?.has(key)),
  };
}

test('a plan and its application agree, item for item', async () => {
  await fc.assert(
    fc.asyncProperty(bot, bot, options, async (own, file, importOptions) => {
      const id = await importedBot(server, admin, sourceOf(own));
      const { definition, config } = sourceOf(file);
      const body = {
        botDefinition: await upload(server, admin.token, definition, 'botDefinition.json'),
        configInfo: await upload(server, admin.token, config, 'config.json'),
        importOptions,
      };
      const before = await contentOf(id);
      const { status, body: plan } = await admin.post(`/api/v1/bots/${id}/import-plans`, body);
      expect(status).toBe(200);
      expect(await contentOf(id)).toEqual(before);

      const { body: started } = await admin.post(`/api/v1/bots/${id}/imports`, {
        ...body,
        plan: plan.digest,
      });
      expect(await untilEnded(admin, `/api/v1/imports/${started._id}`)).toMatchObject({ status: 'success' });
      const after = await contentOf(id);

      const planned = new Map((plan.sections as Json[]).map((section) => [section.section, section]));
      const named = (list: unknown, section: ListKey) =>
        (list as Json[])
          .map(({ id: itemId, refId, name }) =>
            section === 'sentences' ? itemId : section === 'contentVariables' ? name : refId,
          )
          .sort();
      for (const section of Object.keys(lists) as ListKey[]) {
        const found = changesOf(section, before, after);
        const said = planned.get(section);
        for (const kind of ['created', 'replaced', 'deleted'] as const) {
          expect((said?.counts as Json | undefined)?.[kind] ?? 0).toBe(found[kind].length);
          if (section !== 'contentVariables') {
            expect(said ? named(said[kind], section) : []).toEqual(found[kind]);
          }
        }
      }
      const others = Object.keys({ ...before, ...after }).filter(
        (key) => !Object.hasOwn(lists, key) && key !== 'config.json',
      );
      for (const key of others) {
        if (!planned.has(key)) expect(after[key]).toEqual(before[key]);
      }
      const saysConfig = (plan.files as Json[]).some(({ name }) => name === 'config.json');
      expect(saysConfig).toBe(before['config.json'] !== after['config.json']);
      expect(plan.changes).toBe(JSON.stringify(before) !== JSON.stringify(after));
    }),
    { numRuns: 60 },
  );
}, 120_000);
