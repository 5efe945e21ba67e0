import { describe, expect, test } from 'vitest';
import { catalogue } from '../../src/definition/sections.ts';
import {
  type Asked,
  type Exported,
  exportBot,
  holdSections,
  itemTexts,
  type Json,
  objectsOf,
  sectionTexts,
  writtenAnew,
} from '../exports/choosing-kit.ts';
import { bank, fullDefinition, fullText, heldFullBot } from './full-bot.ts';

/*
 * What becomes of each section of a definition, written down once more and by hand: not read off the code.
 */

type Left = 'whole' | 'absent' | '[]' | '{}' | 'stubs';

/** Owner, what is left without it, and the sections for which that holds. */
const expectations: [owner: string, left: Left, keys: string][] = [
  [
    'nobody',
    'whole',
    `refId purpose type defaultLanguage supportedLanguages languagePreferences multiLingualConfigurations
    isNLEnabled localeData interruptOptions detectMultiIntent assignAllChildBots recentBotLimit
    isCsMatchEnabled defaultDialogId enableAutoUtteranceAddition amendConfig advancedNLSettings
    idpConfigurations scenes sceneComponents widgetThemes unexportedTasks customDashboards paramMaps
    taskDgParamMaps customTemplates environmentVersionInfo traits`,
  ],
  [
    'settings.botSettings',
    'absent',
    `notifyUserViaEmail hasTenant hasUserEndpoint offKoraConfirmation skipMakeEditLinks showInMp
    deflectAppStatus enable_pii strict_pii pii_patterns languageConfigurations solutionBotSettings channels
    enableNameSpace color demoVideoLink sBannerColor enableInputTranslation translationEngineId isSmartAssist
    bBannerColor categoryIds class featured sendVcf interruptsEnabled externalNluAdapters
    sessionInactiveTime sessionClosureProcess skipSessionMessage clearAllAuthTokens runCustomScript isDeflect
    languagesToBeIgnored universalBotVersion confidenceConfigs translationEngines llmConfigsForStream
    preBuiltIntegrations metaTags linkedBotsDetails fallbackDetails inclusiveDetails feedbackSurveys`,
  ],
  ['settings.botVariables', 'absent', 'variables vNameSpace krVNameSpace evVNameSpace'],
  ['settings.botVariables', '[]', 'contentVariables namespaces'],
  ['settings.ivrSettings', 'absent', 'ivrSettings twilioVoiceSettings audioCodesSettings korevgSettings'],
  ['settings.genAIandLLMSettings', 'absent', 'llmConfiguration promptLibraries'],
  ['nlpData.nlpSettings', 'absent', 'botSentimentEvents enableNegativePatterns'],
  ['nlpData.nlpSettings', '{}', 'botEvents'],
  ['nlpData.patterns', '[]', 'patterns'],
  ['nlpData.utterances', '[]', 'sentences'],
  ['nlpData.standardResponses', '[]', 'koraResponses'],
  ['tasks.botTask', '[]', 'actions alerts experienceFlows'],
  ['tasks.botTask', 'stubs', 'dialogs dialogComponents mlParams'],
  ['tasks.knowledgeGraph', '[]', 'knowledgeTasks'],
  ['tasks.smallTalk', '[]', 'smallTalk'],
  ['tasks.forms', 'absent', 'forms'],
  ['tasks', 'absent', 'widgets panels'],
  ['AgentAssist.rules', 'absent', 'agentAssistRules'],
  ['AgentAssist.playbooks', 'absent', 'agentAssistPlaybooks'],
  ['AgentAssist.widgetSettings', 'absent', 'agentAssistWidgetSettings'],
  ['AgentAssist.layoutSettings', 'absent', 'agentAssistLayoutSettings'],
];

const cells = expectations.flatMap(([owner, left, keys]) =>
  keys.split(/\s+/).map((key) => ({ key, owner, left })),
);
const owned = cells.filter(({ owner }) => owner !== 'nobody');

/** Every component there is. */
const all: Record<string, readonly string[]> = {
  settings: ['botSettings', 'botVariables', 'ivrSettings', 'genAIandLLMSettings'],
  tasks: ['botTask', 'knowledgeGraph', 'smallTalk', 'forms'],
  nlpData: ['nlpSettings', 'utterances', 'patterns', 'synonyms', 'standardResponses', 'traits', 'rules'],
  AgentAssist: ['rules', 'playbooks', 'widgetSettings', 'layoutSettings'],
};

/** A component that owns nothing, for a request that chooses nothing else. */
const nothing = { nlpData: ['synonyms'] };

/** A request for what owns a section and nothing else. For a whole family any one of it will do. */
function only(owner: string): Json {
  const [family = '', value = all[family]?.at(-2)] = owner.split('.');
  return { [family]: [value] };
}

/** A request for everything but the owner. */
function allBut(owner: string): Json {
  const [family = '', without] = owner.split('.');
  return { ...all, [family]: all[family]?.filter((value) => without !== undefined && value !== without) };
}

const made = new Map<string, Promise<Exported>>();

function exported(asked: Asked): Promise<Exported> {
  const key = JSON.stringify(asked);
  const known = made.get(key) ?? heldFullBot().then((bot) => exportBot(bot, asked));
  made.set(key, known);
  return known;
}

async function sectionsOf(exportOptions: Json | undefined): Promise<Map<string, string>> {
  return sectionTexts((await exported(exportOptions ? { exportOptions } : {})).definition);
}

const source = sectionTexts(fullText);

test('every section the catalogue knows is judged here, and the bot has something in it', () => {
  const judged = [...cells.map(({ key }) => key), ...writtenAnew];
  expect(judged.toSorted()).toEqual(catalogue.map(({ key }) => key).toSorted());
  for (const key of judged) expect([key, source.get(key)]).not.toEqual([key, undefined]);
  for (const key of judged) expect(['[]', '{}', 'null']).not.toContain(source.get(key));
});

describe('a section whose owner is chosen is whole', () => {
  test.each(owned)('$key with $owner alone', async ({ key, owner }) => {
    expect((await sectionsOf(only(owner))).get(key)).toBe(source.get(key));
  });
});

describe('of a section whose owner is not chosen, while all else is, there is left', () => {
  test.each(owned.filter(({ left }) => left !== 'stubs'))(
    '$left of $key without $owner',
    async ({ key, owner, left }) => {
      expect((await sectionsOf(allBut(owner))).get(key) ?? 'absent').toBe(left);
    },
  );

  test.each(owned.filter(({ left }) => left === 'stubs'))(
    'a stub of each item of $key without $owner',
    async ({ key, owner }) => {
      const stubs = itemTexts((await sectionsOf(allBut(owner))).get(key));
      expect(stubs.map((text) => JSON.parse(text)._id)).toEqual(
        objectsOf(fullDefinition, key).map(({ _id }) => _id),
      );
      expect(stubs).not.toEqual(itemTexts(source.get(key)));
    },
  );
});

describe('a section that nobody owns is whole', () => {
  test.each(cells.filter(({ owner }) => owner === 'nobody'))('$key', async ({ key }) => {
    expect((await sectionsOf(nothing)).get(key)).toBe(source.get(key));
  });
});

describe('a component takes nothing from sections it does not own', () => {
  const owners = [...new Set(owned.map(({ owner }) => owner))];
  test.each(owners)('%s', async (owner) => {
    const without = await sectionsOf(allBut(owner));
    const others = cells.filter((cell) => cell.owner !== owner && !cell.owner.startsWith(`${owner}.`));
    for (const { key } of others) expect([key, without.get(key)]).toEqual([key, source.get(key)]);
  });
});

describe('a stub', () => {
  const fields = async (section: string) => {
    const stubs = itemTexts((await sectionsOf(allBut('tasks.botTask'))).get(section));
    return stubs.map((text) => Object.keys(JSON.parse(text)));
  };
  const filter = (order: string[], item: Json) => order.filter((field) => field in item);

  test('of a dialog has these fields in this order', async () => {
    const order = ['_id', 'refId', 'lname', 'localeData', 'amendConfig', 'vNameSpace'];
    const dialogs = objectsOf(fullDefinition, 'dialogs');
    expect(await fields('dialogs')).toEqual(dialogs.map((dialog) => filter(order, dialog)));
  });

  test('of a component has these fields in this order, whatever theirs was', async () => {
    const order = ['_id', 'refId', 'name', 'type', 'localeData', 'idp', 'useTaskLevelNs', 'vNameSpace'];
    const components = objectsOf(fullDefinition, 'dialogComponents');
    const stubs = await fields('dialogComponents');
    expect(stubs).toEqual(components.map((component) => filter(order, component)));
    expect(stubs.some((stub) => stub.includes('idp'))).toBe(true);
  });

  test('of a training setup is all of it but the dialogs to train, in its own order', async () => {
    const items = objectsOf(fullDefinition, 'mlParams');
    expect(await fields('mlParams')).toEqual(
      items.map((item) => Object.keys(item).filter((field) => field !== 'dialogIntents')),
    );
  });

  test('keeps its values to the letter', async () => {
    const stubs = itemTexts((await sectionsOf(allBut('tasks.botTask'))).get('dialogComponents'));
    objectsOf(fullDefinition, 'dialogComponents').forEach((component, index) => {
      const stub = JSON.parse(stubs[index] ?? '');
      for (const field of Object.keys(stub)) expect(stub[field]).toEqual(component[field]);
    });
  });
});

describe('the order of sections', () => {
  const stored = Object.keys(fullDefinition);

  test('is the bot’s own with any setting', async () => {
    for (const setting of all.settings ?? []) {
      const keys = [...(await sectionsOf({ settings: [setting] })).keys()];
      expect(keys).toEqual(stored.filter((key) => keys.includes(key)));
    }
  });

  test('has the texts of the bot right behind its languages without settings', async () => {
    const early = ['localeData', 'isNLEnabled', 'multiLingualConfigurations'];
    for (const asked of [nothing, allBut('settings')]) {
      const keys = [...(await sectionsOf(asked)).keys()];
      const rest = stored.filter((key) => keys.includes(key) && !early.includes(key));
      const at = rest.indexOf('languagePreferences') + 1;
      expect(keys).toEqual([...rest.slice(0, at), ...early, ...rest.slice(at)]);
    }
  });
});

describe('a section nobody has heard of', () => {
  const strange = async (asked: Asked) => {
    const behind = { localeData: 'newA', traits: 'newB', color: 'newC' };
    const sections = Object.entries(fullDefinition).flatMap(([key, value]) => {
      const added = Object.hasOwn(behind, key) ? behind[key as keyof typeof behind] : undefined;
      return added === undefined
        ? [[key, value]]
        : [
            [key, value],
            [added, [key]],
            [`${added}2`, 1e300],
          ];
    });
    const { definition } = await exportBot(await holdSections(Object.fromEntries(sections)), asked);
    return JSON.parse(definition) as Json;
  };

  test('is whole in every export', async () => {
    for (const exportOptions of [nothing, all]) {
      const exported = await strange({ exportOptions });
      expect(exported).toMatchObject({ newA: ['localeData'], newB: ['traits'], newC2: 1e300 });
    }
  });

  test('stays behind the section it stands behind, with settings and without', async () => {
    for (const exportOptions of [nothing, all]) {
      const keys = Object.keys(await strange({ exportOptions }));
      expect(keys.slice(keys.indexOf('localeData'), keys.indexOf('localeData') + 3)).toEqual([
        'localeData',
        'newA',
        'newA2',
      ]);
      expect(keys.slice(keys.indexOf('traits'), keys.indexOf('traits') + 3)).toEqual([
        'traits',
        'newB',
        'newB2',
      ]);
    }
  });
});

describe('config.json', () => {
  const variablesWith = async (asked: Asked) => JSON.parse((await exported(asked)).config).envVariables;

  test('is as it came with the bot’s variables', async () => {
    for (const asked of [{}, { exportOptions: only('settings.botVariables') }]) {
      expect((await exported(asked)).config).toBe(bank.config.toString());
    }
  });

  test('keeps the name but no variables without them', async () => {
    const { config } = await exported({ exportOptions: allBut('settings.botVariables') });
    expect(config).toBe('{\n    "name": "Harbour Bank Assistant",\n    "envVariables": []\n}');
  });

  test('has no variables where environment variables are to be ignored', async () => {
    const options = { botVariables: { ignoreEnvironmentVariables: true } };
    expect(await variablesWith({ exportOptions: { ...all, options } })).toEqual([]);
  });
});
