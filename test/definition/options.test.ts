import { describe, expect, test } from 'vitest';
import { readOptions } from '../../src/definition/options.ts';
import {
  type Asked,
  exportBot,
  holdSections,
  itemTexts,
  type Json,
  objectsOf,
  ownSections,
  sectionTexts,
} from '../exports/choosing-kit.ts';
import { smallDefinition } from '../support/server.ts';
import { bankDefinition, fullDefinition, heldBank, heldFullBot } from './full-bot.ts';

const definitionOf = async (exportOptions: Json | undefined, more: Asked = {}): Promise<string> => {
  const asked = exportOptions ? { exportOptions, ...more } : more;
  return (await exportBot(await heldFullBot(), asked)).definition;
};

/** What an export has of the bot itself, whatever it says of its options. */
const contentOf = async (exportOptions: Json, more: Asked = {}) =>
  ownSections(await definitionOf(exportOptions, more));

const optionsIn = (definition: string): Json => JSON.parse(definition).exportOptions;

function refusalOf(exportOptions: Json): { type: string; detail: string | undefined } {
  try {
    readOptions({ exportType: 'latest', exportOptions });
  } catch (error) {
    const { type, detail } = error as { type: string; detail?: string };
    return { type, detail };
  }
  throw new Error('no refusal');
}

describe('a component', () => {
  test.each([
    ['settings', 'botsettings'],
    ['settings', 'BOTVARIABLES'],
    ['tasks', 'BotTask'],
    ['tasks', 'FORMS'],
    ['nlpData', 'NLPSettings'],
    ['nlpData', 'Utterances'],
    ['AgentAssist', 'PlayBooks'],
  ])('may be written in any case: %s.%s', async (family, value) => {
    const known = {
      settings: ['botSettings', 'botVariables'],
      tasks: ['botTask', 'forms'],
      nlpData: ['nlpSettings', 'utterances'],
      AgentAssist: ['playbooks'],
    }[family]?.find((name) => name.toLowerCase() === value.toLowerCase());
    expect(await contentOf({ [family]: [value] })).toEqual(await contentOf({ [family]: [known] }));
  });

  test('is recorded as it was sent', async () => {
    const sent = { nlpData: ['UTTERANCES', 'bot_synonyms'], tasks: ['bottask'] };
    expect(optionsIn(await definitionOf(sent))).toMatchObject(sent);
  });

  test.each([
    'training_data',
    'bot_synonyms',
    'defaultDialog',
    'synonyms',
    'traits',
    'traitRules',
    'concepts',
  ])('of any version of the API is known: %s, which owns no section of a standard bot', async (value) => {
    const base = { nlpData: ['nlpSettings'] };
    expect(await contentOf({ nlpData: ['nlpSettings', value] })).toEqual(await contentOf(base));
  });

  test.each([
    [{ tasks: ['botTaks'] }, 'exportOptions.tasks: "botTaks"; did you mean "botTask"?'],
    [{ nlpData: ['utterence'] }, 'exportOptions.nlpData: "utterence"; did you mean "utterances"?'],
    [{ setings: ['botSettings'] }, 'exportOptions: "setings"; did you mean "settings"?'],
    [{ settings: ['botSetting'] }, 'exportOptions.settings: "botSetting"; did you mean "botSettings"?'],
  ])('that is unknown is refused, with the nearest one: %j', (exportOptions, detail) => {
    expect(refusalOf(exportOptions)).toEqual({ type: 'unknown_option', detail });
  });

  test('that is like none is refused, with all there are', () => {
    expect(refusalOf({ botComponents: ['?'] }).detail).toBe(
      'exportOptions.botComponents: "?"; known are linkedBots, smallTalk',
    );
  });

  test.each(['constructor', '__proto__', 'toString', '10'])('cannot be of a family called %s', (family) => {
    const exportOptions = JSON.parse(`{"${family}":["botTask"],"tasks":["botTask"]}`);
    expect(refusalOf(exportOptions).type).toBe('unknown_option');
  });
});

describe('AgentAI', () => {
  test('is the older name of AgentAssist', async () => {
    const values = ['rules', 'layoutSettings'];
    expect(await contentOf({ AgentAI: values })).toEqual(await contentOf({ AgentAssist: values }));
  });

  test('is recorded under the name that was sent', async () => {
    expect(optionsIn(await definitionOf({ AgentAI: ['rules'] }))).toHaveProperty('AgentAI', ['rules']);
  });

  test('and AgentAssist add up when both are there', async () => {
    const sections = await contentOf({ AgentAI: ['rules'], AgentAssist: ['playbooks'] });
    expect([...sections.keys()].filter((key) => key.startsWith('agentAssist'))).toEqual([
      'agentAssistRules',
      'agentAssistPlaybooks',
    ]);
  });
});

describe('a request', () => {
  test('without exportOptions is for everything', async () => {
    const sections = ownSections(await definitionOf(undefined));
    expect(sections).toEqual(ownSections(JSON.stringify(fullDefinition, null, 4)));
  });

  test.each([[{}], [{ tasks: [] }], [{ tasks: [], nlpData: [], settings: [] }], [{ options: {} }]])(
    'that names no component is refused: %j',
    (exportOptions) => expect(refusalOf(exportOptions).type).toBe('nothing_selected'),
  );

  test('with a list that is none is refused', () => {
    expect(refusalOf({ tasks: 'botTask' }).type).toBe('invalid_arguments');
    expect(refusalOf({ tasks: [1] }).type).toBe('invalid_arguments');
  });

  test('is recorded in its own order, with the lists it left out behind it', async () => {
    const recorded = optionsIn(await definitionOf({ nlpData: ['patterns', 'utterances'] }));
    expect(Object.keys(recorded)).toEqual(['nlpData', 'tasks', 'settings', 'subTasks']);
    expect(recorded).toMatchObject({ nlpData: ['patterns', 'utterances'], tasks: [], settings: [] });
  });

  test('records the ids of the tasks that are in, by kind', async () => {
    const { subTasks } = optionsIn(await definitionOf({ tasks: ['botTask'] }));
    const ids = (kind: string) => objectsOf(fullDefinition, kind).map(({ _id }) => _id);
    expect(subTasks).toEqual({
      dialogs: ids('dialogs'),
      alerts: ids('alerts'),
      actions: ids('actions'),
      forms: [],
    });
    expect(Object.keys(subTasks as Json)).toEqual(['dialogs', 'alerts', 'actions', 'forms']);
  });

  test('records that dependent tasks came along only if they did', async () => {
    const exportOptions = { tasks: ['botTask'] };
    const keys = async (more: Asked) =>
      Object.keys(optionsIn(await definitionOf(exportOptions, more))).slice(4);
    expect(await keys({ IncludeDependentTasks: true })).toEqual(['IncludeDependentTasks']);
    expect(await keys({ IncludeDependentTasks: false })).toEqual([]);
    expect(await keys({ IncludeDependentTasks: true, IncludeFormDependentTasks: true })).toEqual([
      'IncludeDependentTasks',
      'IncludeFormDependentTasks',
    ]);
  });

  test('is none the wiser for allTasks, which no archive records', async () => {
    const definition = await definitionOf({ tasks: ['botTask'], allTasks: true });
    expect(definition).toBe(await definitionOf({ tasks: ['botTask'] }));
  });
});

describe('custom dashboards', () => {
  const dashboards = async (exportOptions: Json, more: Asked = {}) =>
    (await contentOf(exportOptions, more)).get('customDashboards');
  const whole = () => dashboards({ tasks: ['botTask'] });

  test('are in unless they are refused', async () => {
    expect(JSON.parse((await whole()) ?? '')).toEqual(bankDefinition.customDashboards);
    expect(await dashboards({ tasks: ['botTask'] }, { customDashboards: true })).toBe(await whole());
  });

  test('are an empty list when they are refused, beside exportOptions or in them', async () => {
    expect(await dashboards({ tasks: ['botTask'] }, { customDashboards: false })).toBe('[]');
    expect(await dashboards({ tasks: ['botTask'], customDashboards: false })).toBe('[]');
  });

  test('are not made up when they are refused of a bot that has none', async () => {
    const bot = await holdSections(smallDefinition());
    const { definition } = await exportBot(bot, { customDashboards: false });
    expect(sectionTexts(definition).has('customDashboards')).toBe(false);
  });
});

describe('variables to ignore', () => {
  const settings = ['botSettings', 'botVariables', 'ivrSettings'];
  const variables = async (botVariables: Json) => {
    const exportOptions = { settings, options: { botVariables } };
    const { config, definition } = await exportBot(await heldBank(), { exportOptions });
    const content = itemTexts(sectionTexts(definition).get('contentVariables'));
    return {
      environment: JSON.parse(config).envVariables.map(({ key }: { key: string }) => key) as string[],
      content: content.map((text) => JSON.parse(text).key as string),
    };
  };
  const everyContent = objectsOf(bankDefinition, 'contentVariables').map(({ key }) => key as string);

  test('are left out by name, environment variables and content variables alike', async () => {
    const every = await variables({});
    const ignore = ['apiKey', 'supportPhone', everyContent[0] ?? '', 'no such variable'];
    const rest = await variables({ ignore });
    expect(every.content).toEqual(everyContent);
    expect(rest.environment).toEqual(every.environment.filter((key) => !ignore.includes(key)));
    expect(rest.content).toEqual(every.content.filter((key) => !ignore.includes(key)));
    expect(rest.content.length).toBe(every.content.length - 1);
  });

  test('are all of the environment where it is to be ignored, and none of the content', async () => {
    expect(await variables({ ignoreEnvironmentVariables: true })).toEqual({
      environment: [],
      content: everyContent,
    });
  });

  test('are all of the content where it is to be ignored, and none of the environment', async () => {
    const { environment, content } = await variables({ ignoreContentVariables: true });
    expect(content).toEqual([]);
    expect(environment.length).toBe(14);
  });

  test('do not touch what else is in config.json', async () => {
    const config = { envVariables: ['text that is no variable at all', 7, null, { key: 'a' }], note: [1] };
    const bot = await holdSections(smallDefinition(), config);
    const exportOptions = { settings, options: { botVariables: { ignore: ['a'] } } };
    expect(JSON.parse((await exportBot(bot, { exportOptions })).config)).toEqual({
      envVariables: ['text that is no variable at all', 7, null],
      note: [1],
    });
  });

  test.each([null, [], 'all', { botVariables: 'all' }, { botVariables: { ignore: 'a' } }])(
    'that are written as %j are none',
    async (options) => {
      const { config } = await exportBot(await heldBank(), { exportOptions: { settings, options } });
      expect(JSON.parse(config).envVariables.length).toBe(14);
    },
  );
});

describe('a universal bot', () => {
  const universal: Json = { ...fullDefinition, type: 'universalbot' };
  const held = holdSections(universal);
  const sectionsWith = async (exportOptions: Json) =>
    sectionTexts((await exportBot(await held, { exportOptions })).definition);

  test('has its small talk with botComponents, not with tasks', async () => {
    const [byTask, byComponent] = [
      await sectionsWith({ tasks: ['smallTalk'] }),
      await sectionsWith({ botComponents: ['smallTalk'] }),
    ];
    expect(byTask.get('smallTalk')).toBe('[]');
    expect(JSON.parse(byComponent.get('smallTalk') ?? '')).toEqual(universal.smallTalk);
  });

  test('takes linkedBots, and records it', async () => {
    const sections = await sectionsWith({ botComponents: ['linkedBots'], nlpData: ['synonyms'] });
    expect(JSON.parse(sections.get('exportOptions') ?? '').botComponents).toEqual(['linkedBots']);
  });

  const whole = (sections: Map<string, string>, key: string) => {
    const source = objectsOf(universal, key).map((item) => JSON.stringify(item));
    return itemTexts(sections.get(key))
      .map((text, index) => (JSON.stringify(JSON.parse(text)) === source[index] ? index : -1))
      .filter((index) => index >= 0);
  };

  test('gives its default dialog whole with defaultDialog and without tasks, and stubs of all others', async () => {
    const sections = await sectionsWith({ nlpData: ['defaultDialog'] });
    const dialogs = objectsOf(universal, 'dialogs');
    const defaultDialog = dialogs.findIndex(({ refId }) => refId === universal.defaultDialogId);
    expect(whole(sections, 'dialogs')).toEqual([defaultDialog]);
    const text = JSON.stringify(dialogs[defaultDialog]);
    const used = objectsOf(universal, 'dialogComponents').flatMap(({ _id }, index) =>
      text.includes(`"componentId":"${_id}"`) ? [index] : [],
    );
    expect(whole(sections, 'dialogComponents')).toEqual(used);
  });

  test('names no dialogs to train then', async () => {
    const sections = await sectionsWith({ nlpData: ['defaultDialog'] });
    expect(sections.get('mlParams')).not.toContain('dialogIntents');
  });

  test('gives all dialogs whole where tasks are chosen, too', async () => {
    const sections = await sectionsWith({ nlpData: ['defaultDialog'], tasks: ['botTask'] });
    expect(whole(sections, 'dialogs').length).toBe(objectsOf(universal, 'dialogs').length);
  });

  test('without a default dialog gives stubs alone', async () => {
    const dialogs = [{ _id: 'dg-1', nodes: [] }];
    const bot = await holdSections(
      smallDefinition({ type: 'universalbot', universalBotVersion: 2, dialogs, defaultDialogId: null }),
    );
    const { definition } = await exportBot(bot, { exportOptions: { nlpData: ['defaultDialog'] } });
    expect(JSON.parse(definition).dialogs).toEqual([{ _id: 'dg-1' }]);
  });
});
