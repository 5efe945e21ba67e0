import { describe, expect, test } from 'vitest';
import {
  type Asked,
  exportBot,
  holdSections,
  type Json,
  objectsOf,
  resolveRequest,
} from '../exports/choosing-kit.ts';
import { smallDefinition } from '../support/server.ts';
import { bankDefinition, heldBank } from './full-bot.ts';

/*
 * Naming single tasks. What is left of the other sections then is tested in subsets.test.ts.
 */

async function namesIn(section: string, asked: Asked): Promise<unknown[]> {
  const { definition } = await exportBot(await heldBank(), asked);
  return objectsOf(JSON.parse(definition), section).map(({ lname, name }) => lname ?? name);
}

async function refusalOf(asked: Asked): Promise<string> {
  try {
    await resolveRequest(await heldBank(), asked);
  } catch (error) {
    const { type, detail } = error as { type: string; detail: string };
    return `${type} ${detail}`;
  }
  throw new Error('no refusal');
}

const blockCard = objectsOf(bankDefinition, 'dialogs').find(({ lname }) => lname === 'block card') ?? {};
const inGerman = ((blockCard.localeData as Json).de as Json).name as string;

describe('a dialog may be named', () => {
  test.each([
    ['by its _id', blockCard._id],
    ['by its refId', blockCard.refId],
    ['by its lname', 'block card'],
    ['by the name people see', 'Block Card'],
    ['by its name in another language', inGerman],
    ['in any case', 'bLOCK cARD'],
    ['in any case of another language', inGerman.toUpperCase()],
    ['with blanks around it', '  Block Card\t'],
  ])('%s: %s', async (_how, name) => {
    expect(await namesIn('dialogs', { subTasks: { dialogs: [String(name)] } })).toEqual(['block card']);
  });

  test('several times, and is in once', async () => {
    const names = ['Block Card', 'block card', String(blockCard._id)];
    expect(await namesIn('dialogs', { subTasks: { dialogs: names } })).toEqual(['block card']);
  });
});

describe('dialogs that are named', () => {
  test('come in the bot’s order, not in the order of the request', async () => {
    const dialogs = ['Travel Notice', 'Welcome', 'Find Branch'];
    expect(await namesIn('dialogs', { subTasks: { dialogs } })).toEqual([
      'welcome',
      'find branch',
      'travel notice',
    ]);
  });

  test('are all of that name, where several have it', async () => {
    const dialogs = ['a', 'b', 'c'].map((id) => ({ _id: id, lname: id === 'b' ? 'other' : 'same' }));
    const bot = await holdSections(smallDefinition({ dialogs }));
    const { definition } = await exportBot(bot, { subTasks: { dialogs: ['Same'] } });
    expect(objectsOf(JSON.parse(definition), 'dialogs').map(({ _id }) => _id)).toEqual(['a', 'c']);
  });

  test('are recorded alone, by their ids', async () => {
    const { definition } = await exportBot(await heldBank(), { subTasks: { dialogs: ['Block Card'] } });
    expect(JSON.parse(definition).exportOptions.subTasks.dialogs).toEqual([blockCard._id]);
  });

  test('are stubs where botTask is not chosen', async () => {
    const asked = { exportOptions: { nlpData: ['utterances'] }, subTasks: { dialogs: ['Block Card'] } };
    const { definition } = await exportBot(await heldBank(), asked);
    const dialogs = objectsOf(JSON.parse(definition), 'dialogs');
    expect(dialogs.map(({ _id, nodes }) => [_id, nodes])).toEqual([[blockCard._id, undefined]]);
  });
});

/** Of each kind one task, and a name of it. */
const kinds: [kind: string, name: string, first: string][] = [
  ['alerts', 'low BALANCE alert', 'low balance alert'],
  ['actions', 'send_secure_message', 'send secure message'],
  ['forms', 'your home in figures', 'mortgageEnquiry'],
  ['experienceFlows', '', ''],
];

describe('tasks of the other kinds', () => {
  const first = (kind: string): Json => objectsOf(bankDefinition, kind)[0] ?? {};

  test.each(kinds)('may be named: %s', async (kind, name) => {
    const wanted = name || String(first(kind).name).toUpperCase();
    const { lname, name: own } = first(kind);
    expect(await namesIn(kind, { subTasks: { [kind]: [wanted] } })).toEqual([lname ?? own]);
  });

  test.each(kinds)('are all in where no list names any: %s', async (kind) => {
    const asked = { subTasks: { dialogs: ['Block Card'], [kind]: [] } };
    expect((await namesIn(kind, asked)).length).toBe(objectsOf(bankDefinition, kind).length);
  });

  test.each(kinds)('restrict only their own kind: %s', async (kind) => {
    const asked = { subTasks: { [kind]: [String(first(kind).refId)] } };
    expect((await namesIn('dialogs', asked)).length).toBe(32);
    expect((await namesIn('dialogComponents', asked)).length).toBe(292);
  });

  test('take their patterns along when they go', async () => {
    const more = { actions: ['one', 'two'].map((refId) => ({ _id: `a-${refId}`, refId, name: refId })) };
    const patterns = ['two', 'one'].map((refId) => ({ refId, nodeType: 'action' }));
    const bot = await holdSections(smallDefinition({ ...more, patterns }));
    const { definition } = await exportBot(bot, { subTasks: { actions: ['one'] } });
    expect(JSON.parse(definition).patterns).toEqual([{ refId: 'one', nodeType: 'action' }]);
  });

  test('keep their patterns and sentences when dialogs go', async () => {
    const task = (id: string) => [{ _id: id, refId: `${id}-ref`, name: id }];
    const of = (id: string) => ({ refId: `${id}-ref` });
    const said = (id: string) => ({ _id: `s-${id}`, taskId: id });
    const bot = await holdSections(
      smallDefinition({
        dialogs: [...task('d1'), ...task('d2')],
        actions: task('action'),
        alerts: task('alert'),
        patterns: ['action', 'alert'].map(of),
        sentences: ['action', 'alert'].map(said),
      }),
    );
    const { definition } = await exportBot(bot, { subTasks: { dialogs: ['d1'] } });
    const { patterns, sentences } = JSON.parse(definition);
    expect(patterns).toEqual(['action', 'alert'].map(of));
    expect(sentences).toEqual(['action', 'alert'].map(said));
  });
});

describe('a name that no task has', () => {
  test('is refused, with the nearest one', async () => {
    expect(await refusalOf({ subTasks: { dialogs: ['Welcome', 'Blok Card'] } })).toBe(
      'unknown_task subTasks.dialogs: "Blok Card"; did you mean "Block Card"?',
    );
  });

  test('and is like none is refused, with how many there are', async () => {
    expect(await refusalOf({ subTasks: { alerts: ['?'] } })).toBe(
      'unknown_task subTasks.alerts: "?"; the bot has 1 of them',
    );
  });

  test('is refused of a kind the bot has none of', async () => {
    const bot = await holdSections(smallDefinition());
    await expect(resolveRequest(bot, { subTasks: { forms: ['any'] } })).rejects.toThrow(
      expect.objectContaining({ type: 'unknown_task' }),
    );
  });

  test('is not found in another kind', async () => {
    expect(await refusalOf({ subTasks: { alerts: ['Block Card'] } })).toContain('unknown_task');
  });
});

describe('a record of tasks inside exportOptions', () => {
  const everything = { tasks: ['botTask', 'forms'] };
  const strange = 'dg-00000000-0000-4000-8000-000000000000';

  test('restricts as a request does', async () => {
    const exportOptions = { ...everything, subTasks: { dialogs: [String(blockCard._id)] } };
    expect(await namesIn('dialogs', { exportOptions })).toEqual(['block card']);
  });

  test('may name other revisions, which are passed over', async () => {
    const exportOptions = { ...everything, subTasks: { dialogs: [strange, String(blockCard._id)] } };
    expect(await namesIn('dialogs', { exportOptions })).toEqual(['block card']);
  });

  test('restricts nothing where it names nothing the bot has', async () => {
    const exportOptions = { ...everything, subTasks: { dialogs: [strange], forms: ['frm-1'] } };
    expect((await namesIn('dialogs', { exportOptions })).length).toBe(32);
    expect((await namesIn('forms', { exportOptions })).length).toBe(2);
  });

  test('gives way to the tasks of the request', async () => {
    const exportOptions = { ...everything, subTasks: { dialogs: [String(blockCard._id)] } };
    expect(await namesIn('dialogs', { exportOptions, subTasks: { dialogs: ['welcome'] } })).toEqual([
      'welcome',
    ]);
  });

  test('may say that dependent tasks come along', async () => {
    const exportOptions = { ...everything, subTasks: { dialogs: ['Order Card'] } };
    expect(
      await namesIn('dialogs', { exportOptions: { ...exportOptions, IncludeDependentTasks: true } }),
    ).toEqual(await namesIn('dialogs', { exportOptions, IncludeDependentTasks: true }));
  });

  test('of everything, other revisions among it, sent as a choice, is everything', async () => {
    const ids = objectsOf(bankDefinition, 'dialogs').map(({ _id }) => String(_id));
    const asked = { subTasks: { dialogs: [strange, ...ids] } };
    expect((await namesIn('dialogs', asked)).length).toBe(32);
  });

  test('may name forms by ids that no file holds, also sent as a choice', async () => {
    const asked = { subTasks: { forms: ['frm-00000000-0000-5000-8000-000000000000'] } };
    expect((await namesIn('forms', asked)).length).toBe(2);
  });
});

describe('dependent tasks', () => {
  const quiet = { exportOptions: { tasks: ['botTask'] } };

  test('are those a dialog calls, and those they call', async () => {
    const asked = { ...quiet, subTasks: { dialogs: ['Dispute Transaction'] }, IncludeDependentTasks: true };
    const called = ['authenticate customer', 'report fraud'];
    const theirs = ['block card', 'order card', 'change address', 'agent handover'];
    expect(await namesIn('dialogs', asked)).toEqual(inOrder(['dispute transaction', ...called, ...theirs]));
  });

  test('stay out unless they are asked for', async () => {
    const asked = { ...quiet, subTasks: { dialogs: ['Dispute Transaction'] } };
    expect(await namesIn('dialogs', asked)).toEqual(['dispute transaction']);
  });

  test('are those the bot’s events start, where events are in the export', async () => {
    const asked = {
      exportOptions: { tasks: ['botTask'], nlpData: ['nlpSettings'] },
      subTasks: { dialogs: ['Find Branch'] },
      IncludeDependentTasks: true,
    };
    const started = ['welcome', 'fallback', 'agent handover', 'give feedback', 'raise complaint'];
    expect(await namesIn('dialogs', asked)).toEqual(inOrder(['find branch', ...started]));
  });

  test('are those a chosen form starts, and the forms a dialog shows', async () => {
    const asked = {
      exportOptions: { tasks: ['botTask', 'forms'] },
      subTasks: { dialogs: ['Find Branch'], forms: ['mortgageEnquiry'] },
      IncludeDependentTasks: true,
    };
    expect(await namesIn('dialogs', asked)).toEqual(['find branch', 'mortgage appointment']);
    const back = { ...asked, subTasks: { dialogs: ['Change Address'], forms: ['mortgageEnquiry'] } };
    expect((await namesIn('forms', back)).length).toBe(2);
  });

  test('are those a chosen experience flow starts, and none of a flow that is not chosen', async () => {
    const nodes = (dialogRefId: string) => [{ type: 'automation', dialogRefId }];
    const bot = await holdSections(
      smallDefinition({
        dialogs: ['a', 'b', 'c'].map((name) => ({ _id: name, refId: `${name}-ref`, lname: name })),
        experienceFlows: ['b', 'c'].map((name) => ({ name: `to ${name}`, nodes: nodes(`${name}-ref`) })),
      }),
    );
    const subTasks = { dialogs: ['a'], experienceFlows: ['to c'] };
    const { definition } = await exportBot(bot, { subTasks, IncludeDependentTasks: true });
    expect(objectsOf(JSON.parse(definition), 'dialogs').map(({ _id }) => _id)).toEqual(['a', 'c']);
  });

  test('do not come along with stubs, which lead nowhere', async () => {
    const asked = {
      exportOptions: { nlpData: ['utterances'] },
      subTasks: { dialogs: ['Dispute Transaction'] },
      IncludeDependentTasks: true,
    };
    expect(await namesIn('dialogs', asked)).toEqual(['dispute transaction']);
  });

  /** The names, each once, in the order of the bot's dialogs. */
  function inOrder(names: string[]): unknown[] {
    const all = objectsOf(bankDefinition, 'dialogs').map(({ lname }) => lname);
    return all.filter((name) => names.includes(String(name)));
  }
});

describe('references are followed whatever ids look like', () => {
  const dialogs = [
    { _id: 'main', refId: 'main-ref', nodes: [{ componentId: 'ask', flowTaskId: 'toString' }] },
    { _id: '10', refId: 'toString', nodes: [{ constructor: { flowTaskId: 'unknown' } }] },
    { _id: 'unused', refId: 'unused-ref', nodes: [{ componentId: 'other' }] },
  ];
  const dialogComponents = ['ask', 'other'].map((_id) => ({ _id, refId: `${_id}-ref`, type: 'entity' }));
  const held = holdSections(smallDefinition({ dialogs, dialogComponents }));
  const exported = async (asked: Asked) => JSON.parse((await exportBot(await held, asked)).definition);
  const ids = (items: Json[]) => items.map(({ _id }) => _id);

  test('from a dialog to its components', async () => {
    const { dialogComponents: components } = await exported({ subTasks: { dialogs: ['main'] } });
    expect(ids(components)).toEqual(['ask']);
  });

  test('from a dialog to those it calls', async () => {
    const asked = { subTasks: { dialogs: ['main'] }, IncludeDependentTasks: true };
    expect(ids((await exported(asked)).dialogs)).toEqual(['main', '10']);
  });
});
