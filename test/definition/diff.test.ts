import { describe, expect, test } from 'vitest';
import { differenceOf, fieldsOf, wordsOf } from '../support/differences.ts';
import { type Json, smallDefinition } from '../support/server.ts';

const uuid = (n: number) => `00000000-0000-5000-8000-${String(n).padStart(12, '0')}`;

const component = (n: number, name: string, type: string, more: Json = {}): Json => ({
  _id: `dc-${uuid(n)}`,
  refId: uuid(n + 1000),
  name,
  type,
  localeData: { en: { label: name } },
  ...more,
});

const node = (nodeId: string, componentId: string, more: Json = {}): Json => ({
  nodeId,
  type: 'message',
  transitions: [{ default: 'end', metadata: { color: '#299d8e', connId: 'dummy0' } }],
  metadata: { left: 30, top: 170 },
  componentId,
  ...more,
});

const dialog = (n: number, name: string, nodes: Json[]): Json => ({
  _id: `dg-${uuid(n)}`,
  refId: uuid(n + 2000),
  nodes,
  lname: name.toLowerCase(),
  localeData: { en: { name } },
});

const utterance = (n: number, sentence: string, more: Json = {}): Json => ({
  _id: `${'0'.repeat(20)}${String(n).padStart(4, '0')}`,
  sentence,
  taskName: 'Book_Flight',
  taskId: `dc-${uuid(1)}`,
  type: 'DialogIntent',
  entities: [],
  language: 'en',
  ...more,
});

/** A bot with two dialogs, and what a test changes in it. */
const bot = (more: Json = {}): Json =>
  smallDefinition({
    dialogs: [
      dialog(1, 'Book Flight', [
        node('intent0', `dc-${uuid(1)}`, { type: 'intent' }),
        node('message1', `dc-${uuid(2)}`),
      ]),
      dialog(2, 'Pay Bill', [node('intent0', `dc-${uuid(3)}`, { type: 'intent' })]),
    ],
    dialogComponents: [
      component(1, 'Book_Flight', 'intent', { dialogId: `dg-${uuid(1)}` }),
      component(2, 'AskCity', 'entity'),
      component(3, 'Pay_Bill', 'intent', { dialogId: `dg-${uuid(2)}` }),
    ],
    sentences: [utterance(1, 'book a flight'), utterance(2, 'fly me to Rome')],
    ...more,
  });

const both = (from: Json, to: Json) => differenceOf({ definition: from }, { definition: to });

describe('a difference speaks of', () => {
  test('a dialog by its name', async () => {
    const { dialogs } = bot() as { dialogs: Json[] };
    const difference = await both(bot(), bot({ dialogs: [...dialogs, dialog(3, 'Book Hotel', [])] }));
    expect(wordsOf(difference)).toEqual(['added dialog "Book Hotel"']);
  });

  test('a node by its name, its kind and its dialog, also where the dialog did not change', async () => {
    const dialogComponents = [
      component(1, 'Book_Flight', 'intent', { dialogId: `dg-${uuid(1)}` }),
      component(2, 'AskCity', 'entity', { entityType: 'City' }),
      component(3, 'Pay_Bill', 'intent', { dialogId: `dg-${uuid(2)}`, piiDataEnabled: true }),
    ];
    expect(wordsOf(await both(bot(), bot({ dialogComponents })))).toEqual([
      'changed node "AskCity" (entity) of dialog "Book Flight"',
      'changed node "Pay_Bill" (intent) of dialog "Pay Bill"',
    ]);
  });

  test('a node in a node of a dialog by the dialog', async () => {
    const definition = (text: string) =>
      bot({
        dialogs: [dialog(1, 'Book Flight', [node('botaction0', `dc-${uuid(4)}`, { type: 'botAction' })])],
        dialogComponents: [
          component(4, 'Actions', 'botAction', { nodes: [{ nodeId: 'a', componentId: `dc-${uuid(5)}` }] }),
          component(5, 'Inner', 'message', { message: [{ channel: 'default', text }] }),
        ],
      });
    expect(wordsOf(await both(definition('one'), definition('two')))).toEqual([
      'changed node "Inner" (message) of dialog "Book Flight"',
    ]);
  });

  test('an utterance by its text and the intent it is for', async () => {
    const sentences = [utterance(1, 'book a flight'), utterance(3, 'I want to fly')];
    expect(wordsOf(await both(bot(), bot({ sentences })))).toEqual([
      'added utterance "I want to fly" of "Book_Flight"',
      'removed utterance "fly me to Rome" of "Book_Flight"',
    ]);
  });

  test('a field by its way into the item, with the node of the dialog it is in', async () => {
    const dialogs = [
      dialog(1, 'Book Flight', [
        node('intent0', `dc-${uuid(1)}`, { type: 'intent' }),
        node('message1', `dc-${uuid(2)}`, { transitions: [{ default: 'intent0' }] }),
      ]),
      dialog(2, 'Pay Bill', [node('intent0', `dc-${uuid(3)}`, { type: 'intent' })]),
    ];
    const from = bot({
      dialogs: [
        dialog(1, 'Book Flight', [
          node('intent0', `dc-${uuid(1)}`, { type: 'intent' }),
          node('message1', `dc-${uuid(2)}`, { transitions: [{ default: 'end' }] }),
        ]),
        dialogs[1],
      ],
    });
    const difference = await both(from, bot({ dialogs }));
    expect(difference.sections[0]?.items[0]?.fields).toEqual([
      {
        path: 'nodes[message1].transitions[0].default',
        node: 'AskCity',
        change: 'changed',
        before: '"end"',
        after: '"intent0"',
        hidden: false,
      },
    ]);
  });

  test('a reference by the names of what it leads to', async () => {
    const calls = (refId: string) =>
      bot({
        dialogs: [...(bot().dialogs as Json[]), dialog(3, 'Menu', [{ nodeId: 'n', flowTaskId: refId }])],
      });
    const difference = await both(calls(uuid(2001)), calls(uuid(2002)));
    expect(fieldsOf(difference)).toEqual([
      ['nodes[n].flowTaskId', `"Book Flight" (${uuid(2001)})`, `"Pay Bill" (${uuid(2002)})`],
    ]);
  });

  test('a message as it was typed', async () => {
    const message = (text: string) =>
      bot({ dialogComponents: [component(2, 'AskCity', 'message', { message: [{ text }] })] });
    const difference = await both(message('Where%20to%3F'), message('Where%20from%3F'));
    expect(fieldsOf(difference)).toEqual([['message[0].text', '"Where to?"', '"Where from?"']]);
  });

  test('long texts by the part where they begin to differ', async () => {
    const script = (end: string) =>
      bot({ dialogComponents: [component(2, 'Count', 'script', { script: `${'a'.repeat(5_000)}${end}` })] });
    const [field] = fieldsOf(await both(script('one'), script('two')));
    expect(field?.[1]).toBe(`"…${'a'.repeat(40)}one"`);
    expect(field?.[2]).toBe(`"…${'a'.repeat(40)}two"`);
  });

  test('settings, environment variables and files', async () => {
    const definition = bot();
    const difference = await differenceOf(
      {
        definition: { ...definition, sessionInactiveTime: 900 },
        config: { name: 'A bot', envVariables: [{ key: 'apiHost', value: 'a.example' }] },
        others: [{ name: 'icon.png', content: Buffer.from('one') }],
      },
      {
        definition: { ...definition, sessionInactiveTime: 300 },
        config: { name: 'A bot', envVariables: [{ key: 'apiHost', value: 'b.example' }, { key: 'new' }] },
        others: [
          { name: 'icon.png', content: Buffer.from('other') },
          { name: 'more.js', content: Buffer.from('1') },
        ],
      },
    );
    expect(wordsOf(difference)).toEqual([
      'changed setting "sessionInactiveTime"',
      'changed file "icon.png"',
      'added file "more.js"',
      'changed environment variable "apiHost"',
      'added environment variable "new"',
    ]);
    expect(fieldsOf(difference)).toEqual([
      ['', '900', '300'],
      ['', '3 bytes', '5 bytes'],
      ['value', '"a.example"', '"b.example"'],
    ]);
  });

  test('a number that JavaScript would round', async () => {
    const text = (digits: string) =>
      Buffer.from(JSON.stringify(bot({ limit: 0 })).replace('"limit":0', `"limit":${digits}`));
    const difference = await differenceOf(
      { definition: text('12345678901234567890') },
      { definition: text('12345678901234567891') },
    );
    expect(fieldsOf(difference)).toEqual([['', '"12345678901234567890"', '"12345678901234567891"']]);
  });
});

describe('set apart as noise', () => {
  const noiseOf = async (from: Json, to: Json) => {
    const { same, noise, noisyItems } = await both(from, to);
    const found = Object.entries(noise).filter(([, count]) => count > 0);
    return { same, noisyItems, noise: Object.fromEntries(found) };
  };

  test('times, authors and counters', async () => {
    const state = (n: number) =>
      bot({
        localeData: { en: { name: 'A bot', nlMeta: { mlUtterances: n } } },
        namespaces: [
          { _id: 'ns-1', name: 'default', createdOn: `2024-01-0${n}`, createdBy: `u-${n}`, __v: n },
        ],
      });
    expect(await noiseOf(state(1), state(2))).toEqual({
      same: true,
      noisyItems: 2,
      noise: { times: 1, authors: 1, counters: 2 },
    });
  });

  test('renewed ids, and references that follow them', async () => {
    const scenes = (n: number) =>
      bot({
        scenes: [
          {
            _id: `sn-${uuid(n)}`,
            refId: uuid(7),
            components: { [`snc-${uuid(n)}`]: { seqId: 'Id1' } },
            streamId: `st-${uuid(n)}`,
          },
        ],
        sceneComponents: [{ _id: `snc-${uuid(n)}`, refId: uuid(8), sceneId: `sn-${uuid(n)}` }],
      });
    expect(await noiseOf(scenes(10), scenes(20))).toEqual({ same: true, noisyItems: 2, noise: { ids: 5 } });
  });

  test('but not a reference to something else', async () => {
    const [one, other] = bot().sentences as Json[];
    const difference = await both(bot(), bot({ sentences: [{ ...one, taskId: `dc-${uuid(3)}` }, other] }));
    expect(fieldsOf(difference)).toEqual([
      ['taskId', `"Book_Flight" (dc-${uuid(1)})`, `"Pay_Bill" (dc-${uuid(3)})`],
    ]);
  });

  test('the order of lists that the platform stores as it likes, of keys, and how the editor draws', async () => {
    const { dialogs, dialogComponents, sentences } = bot() as Record<string, [Json, Json]>;
    const [first, second] = dialogs as [{ nodes: Json[] }, Json];
    const nodes = first.nodes.map((one) => ({ ...one, metadata: { top: 1, left: 2 } }));
    const [{ _id, ...rest }, utterance] = sentences as [Json, Json];
    const to = bot({
      dialogs: [second, { ...first, nodes: nodes.toReversed() }],
      dialogComponents: dialogComponents?.toReversed(),
      sentences: [{ ...rest, _id }, utterance],
    });
    expect(await noiseOf(bot(), to)).toEqual({
      same: true,
      noisyItems: 2,
      // One dialog, and two of the three components, and the nodes of a dialog.
      noise: { order: 4, keys: 3, drawing: 4 },
    });
  });

  test('but not the order of what is asked or tried one after the other', async () => {
    const events = ['a', 'b', 'c', 'd'].map((name) => ({ name }));
    const [a, b, c, d] = events;
    const difference = await both(
      bot({ botSentimentEvents: events }),
      bot({ botSentimentEvents: [b, c, d, a] }),
    );
    expect(wordsOf(difference)).toEqual(['moved sentiment event "a"']);
    expect(difference.sections[0]?.items[0]?.moved).toEqual({ from: 0, to: 3 });
    const message = (texts: string[]) =>
      bot({ dialogComponents: [component(2, 'AskCity', 'message', { message: texts })] });
    const [field] =
      (await both(message(['a', 'b']), message(['b', 'a']))).sections[0]?.items[0]?.fields ?? [];
    expect(field).toMatchObject({ path: 'message', change: 'order' });
  });

  test('what an export writes anew is not looked at', async () => {
    const to = {
      ...bot(),
      _id: `st-${uuid(9)}`,
      encryptedHash: 'f'.repeat(32),
      exportOptions: { tasks: [] },
    };
    expect(await both(bot(), to)).toMatchObject({ same: true, sections: [] });
  });
});

describe('not shown', () => {
  const shownIn = async (from: Json, to: Json, config = {}) =>
    JSON.stringify(
      await differenceOf({ definition: bot(), config: from, ...config }, { definition: bot(), config: to }),
    );
  const variables = (...envVariables: Json[]): Json => ({ envVariables });

  test('values of secured variables, and of those that become secured', async () => {
    for (const [before, after] of [
      [true, true],
      [false, true],
      [true, false],
    ]) {
      const text = await shownIn(
        variables({ key: 'host', value: 'hush-one', isSecured: before }),
        variables({ key: 'host', value: 'hush-two', isSecured: after }),
      );
      expect(text).toContain('"hidden":true');
      expect(text).not.toContain('hush');
    }
  });

  test('values of variables that are called as secrets are, or look like one', async () => {
    for (const [key, value] of [
      ['apiKey', 'hush'],
      ['DB_PASSWORD', 'hush'],
      ['clientSecret', 'hush'],
      ['host', 'https://me:hush@service.example'],
      ['host', 'Bearer hushhush'],
      ['host', 'hush0123456789abcdefghijklmnop'],
      ['host', 'https://service.example/?api_key=hush12345'],
    ]) {
      const text = await shownIn(variables({ key, value }), variables({ key, value: `${value}2` }));
      expect(text).toContain('"hidden":true');
      expect(text).not.toContain('hush');
    }
  });

  test('a variable that is set to something like an id, which may be a key', async () => {
    const [one, other] = [uuid(1), uuid(2)];
    const text = await shownIn(
      variables({ key: 'tenant', value: one }),
      variables({ key: 'tenant', value: other }),
    );
    expect(text).toContain('"hidden":true');
    expect(text).not.toContain(other);
  });

  test('variables that come or go: their names only', async () => {
    const text = await shownIn(variables(), variables({ key: 'host', value: 'hush' }));
    expect(text).toContain('environment variable \\"host\\"');
    expect(text).not.toContain('hush');
  });

  test('secrets in headers, scripts and authorization profiles', async () => {
    const state = (secret: string): Json =>
      bot({
        dialogComponents: [
          component(2, 'Call', 'service', {
            headers: { type: 'raw', value: `{"auth":"${secret}"}` },
            script: `var%20token%20%3D%20%22${secret}%22`,
            endPoint: { password: secret },
          }),
        ],
        idpConfigurations: [{ _id: 'ap-1', name: 'Sign in', fields: [{ value: secret }] }],
      });
    const text = JSON.stringify(await both(state('hush-hush-1'), state('hush-hush-2')));
    expect(text.match(/"hidden":true/g)).toHaveLength(4);
    expect(text).not.toContain('hush');
  });

  test('but what is no secret is', async () => {
    const text = await shownIn(
      variables({ key: 'apiHost', value: 'a.example', isSecured: false }),
      variables({ key: 'apiHost', value: 'b.example', isSecured: false }),
    );
    expect(text).toContain('b.example');
  });
});

describe('of a large difference', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, n) => utterance(n + 10, `utterance ${n}`));

  test('so many items are listed, and all are counted', async () => {
    const difference = await differenceOf(
      { definition: bot({ sentences: many(100) }) },
      { definition: bot({ sentences: [], dialogs: [], sessionInactiveTime: 1 }) },
      { limit: 5 },
    );
    expect(wordsOf(difference)).toHaveLength(5);
    expect(difference.counts).toEqual({ added: 1, removed: 102, changed: 0, moved: 0 });
    expect(difference.itemsLeftOut).toBe(98);
    expect(difference.sections.map(({ section, itemsLeftOut }) => [section, itemsLeftOut])).toEqual([
      ['sessionInactiveTime', 0],
      ['dialogs', 0],
      ['sentences', 98],
    ]);
  });

  test('so many fields of one item are listed, and all are counted', async () => {
    const settings = (n: number) =>
      bot({ ivrSettings: Object.fromEntries(Array.from({ length: 80 }, (_, at) => [`field${at}`, n])) });
    const [item] = (await both(settings(1), settings(2))).sections[0]?.items ?? [];
    expect([item?.fields.length, item?.fieldsLeftOut]).toEqual([50, 30]);
  });

  test('no more is read than may be in memory', async () => {
    const state = (n: number) =>
      bot({ sentences: many(2_000).map((one) => ({ ...one, sentence: `${one.sentence} ${n}` })) });
    await expect(
      differenceOf({ definition: state(1) }, { definition: state(2) }, { mostBytes: 100_000 }),
    ).rejects.toThrow('sentences');
  });
});
