import { describe, expect, test } from 'vitest';
import {
  type Asked,
  botsAtHand,
  exportBot,
  holdBot,
  holdSections,
  type Json,
  objectsOf,
  ownSections,
} from '../exports/choosing-kit.ts';
import { smallDefinition } from '../support/server.ts';

const task = (name: string, state?: string): Json => ({
  _id: `id-${name}`,
  refId: `ref-${name}`,
  name,
  ...(state === undefined ? {} : { state }),
});

async function exported(sections: Json, asked: Asked): Promise<Json> {
  const { definition } = await exportBot(await holdSections(smallDefinition(sections)), asked);
  return JSON.parse(definition);
}

/** The names of the tasks of a kind that are in, of one with the state and one without any. */
async function namesWith(kind: string, state: string, exportType: 'latest' | 'published') {
  const definition = await exported(
    { [kind]: [task('stateless'), task('other', state)], unexportedTasks: [] },
    { exportType },
  );
  const names = (section: string) => objectsOf(definition, section).map(({ name }) => name);
  return { in: names(kind), unexported: names('unexportedTasks') };
}

const kinds = ['dialogs', 'alerts', 'actions', 'forms', 'experienceFlows'];
const both = ['latest', 'published'] as const;
const each = <A, B>(as: readonly A[], bs: readonly B[]): [A, B][] =>
  as.flatMap((a) => bs.map((b): [A, B] => [a, b]));

describe('a task that is rejected or suspended', () => {
  test.each(each(kinds, both))('is left out of %s, and listed: %s', async (kind, exportType) => {
    const out = { in: ['stateless'], unexported: ['other'] };
    for (const state of ['rejected', 'suspended', 'Suspended']) {
      expect(await namesWith(kind, state, exportType)).toEqual(out);
    }
  });
});

describe('a task still in work', () => {
  const inWork = ['configured', 'inprogress', 'inProgress', 'In Progress', 'in-progress'];

  test.each(each(kinds, inWork))('is left out of published %s: %s', async (kind, state) => {
    expect(await namesWith(kind, state, 'published')).toEqual({ in: ['stateless'], unexported: ['other'] });
  });

  test.each(each(kinds, inWork))('is in the latest %s: %s', async (kind, state) => {
    expect(await namesWith(kind, state, 'latest')).toEqual({ in: ['stateless', 'other'], unexported: [] });
  });
});

describe('a task that is published or in a state unheard of', () => {
  test.each(each(['published', 'toString', 'new'], both))('is in: %s, %s', async (state, exportType) => {
    expect(await namesWith('dialogs', state, exportType)).toEqual({
      in: ['stateless', 'other'],
      unexported: [],
    });
  });
});

describe('the list of tasks that are not exported', () => {
  const suspended = { dialogs: [task('a', 'suspended')], actions: [task('b', 'rejected'), task('c')] };

  test('says who they are, of what kind, and why', async () => {
    const { unexportedTasks } = await exported({ ...suspended, unexportedTasks: [] }, {});
    expect(unexportedTasks).toEqual([
      { _id: 'id-a', refId: 'ref-a', name: 'a', type: 'dialogs', state: 'suspended' },
      { _id: 'id-b', refId: 'ref-b', name: 'b', type: 'actions', state: 'rejected' },
    ]);
  });

  test('stands behind those the bot had listed already, however many', async () => {
    for (const many of [1, 500]) {
      const before = Array.from({ length: many }, (_, index) => ({ name: `older ${index}` }));
      const { unexportedTasks } = await exported({ ...suspended, unexportedTasks: before }, {});
      expect((unexportedTasks as Json[]).slice(0, many)).toEqual(before);
      expect((unexportedTasks as Json[]).length).toBe(many + 2);
    }
  });

  test('is not made up for a bot that has none', async () => {
    expect(await exported(suspended, {})).not.toHaveProperty('unexportedTasks');
  });
});

describe('what belongs to a dialog that is left out because of its state', () => {
  const dialogs = [
    { ...task('in'), nodes: [{ componentId: 'dc-in' }, { componentId: 'dc-both' }] },
    { ...task('out', 'suspended'), nodes: [{ componentId: 'dc-out' }, { componentId: 'dc-both' }] },
  ];
  const ids = (items: unknown) => (items as Json[]).map(({ _id }) => _id);

  test('goes with it, apart from what others use, too', async () => {
    const dialogComponents = ['dc-in', 'dc-both', 'dc-out'].map((_id) => ({ _id }));
    const definition = await exported({ dialogs, dialogComponents }, {});
    expect(ids(definition.dialogs)).toEqual(['id-in']);
    expect(ids(definition.dialogComponents)).toEqual(['dc-in', 'dc-both']);
  });

  test('does not come back as a dependency', async () => {
    const calling = [{ ...task('caller'), nodes: [{ flowTaskId: 'ref-out' }] }, ...dialogs];
    const asked = { subTasks: { dialogs: ['caller'] }, IncludeDependentTasks: true };
    expect(ids((await exported({ dialogs: calling }, asked)).dialogs)).toEqual(['id-caller']);
  });

  test('stays away where the dialog is asked for by name', async () => {
    const definition = await exported(
      { dialogs, unexportedTasks: [] },
      { subTasks: { dialogs: ['out', 'in'] } },
    );
    expect(ids(definition.dialogs)).toEqual(['id-in']);
    expect(ids(definition.unexportedTasks)).toEqual(['id-out']);
  });
});

describe('a bot none of whose tasks is in such a state', () => {
  test.each(botsAtHand())('comes out whole, published and latest: $name', async (bot) => {
    const held = await holdBot(bot);
    for (const exportType of both) {
      const { definition } = await exportBot(held, { exportType });
      expect(ownSections(definition)).toEqual(ownSections(bot.definition.toString()));
    }
  });
});
