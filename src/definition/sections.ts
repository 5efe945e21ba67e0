/**
 * The catalogue: what Botport knows of the sections of a definition, once.
 *
 * For each section it says which component of an export request owns it, and what is left of it when that component
 * is not chosen. Reading it is reading the rules of partial exports; docs/choosing.md explains them to users.
 *
 * How sure a rule is: see {@link Proof}. Source: the platform's public documentation and the form of real exports;
 * what neither tells, Botport chose (docs/compatibility.md lists those choices).
 */

/** A component as an export request names it: a value of one of its lists. */
export interface Component {
  family: string;
  value: string;
}

/** Who decides over a section. */
export type Owner =
  /** Nobody: it is in every export. */
  | { by: 'nobody' }
  /** Botport: it is written anew in every export. */
  | { by: 'botport' }
  /** A component. */
  | ({ by: 'component' } & Component)
  /** Any component of a list: the section is there if the list is not empty. */
  | { by: 'family'; family: string };

/** What is left of a section whose owner is not chosen. */
export type Leftover = 'whole' | 'absent' | 'empty list' | 'empty object' | 'stubs';

/**
 * How sure a rule is.
 *
 * - observed: real exports with and without the component show it
 * - group: real exports show it for the whole list; which value of the list owns the section is read off its name
 * - inferred: real exports show it for several values together; which one owns the section is read off the names
 * - key observed: real exports show that the key stays; they had nothing in it that could go
 * - chosen: no real export shows it; it follows the documentation, or its neighbours
 */
export type Proof = 'observed' | 'group' | 'inferred' | 'key observed' | 'chosen';

export interface Section {
  key: string;
  owner: Owner;
  leftover: Leftover;
  proof: Proof;
}

const observed = 'observed';
const group = 'group';
const inferred = 'inferred';
const keyObserved = 'key observed';
const chosen = 'chosen';

const absent = 'absent';
const emptyList = 'empty list';
const emptyObject = 'empty object';
const stubs = 'stubs';

const component = (family: string, value: string): Owner => ({ by: 'component', family, value });

const botSettings = component('settings', 'botSettings');
const botVariables = component('settings', 'botVariables');
const ivrSettings = component('settings', 'ivrSettings');
const genAI = component('settings', 'genAIandLLMSettings');
const botTask = component('tasks', 'botTask');
const knowledgeGraph = component('tasks', 'knowledgeGraph');
const smallTalk = component('tasks', 'smallTalk');
const forms = component('tasks', 'forms');
const anyTask: Owner = { by: 'family', family: 'tasks' };
const nlpSettings = component('nlpData', 'nlpSettings');
const utterances = component('nlpData', 'utterances');
const patterns = component('nlpData', 'patterns');
const standardResponses = component('nlpData', 'standardResponses');
const agentRules = component('AgentAssist', 'rules');
const agentPlaybooks = component('AgentAssist', 'playbooks');
const agentWidgets = component('AgentAssist', 'widgetSettings');
const agentLayout = component('AgentAssist', 'layoutSettings');

const carried = (key: string, proof: Proof = observed): Section => ({
  key,
  owner: { by: 'nobody' },
  leftover: 'whole',
  proof,
});
const rewritten = (key: string): Section => ({
  key,
  owner: { by: 'botport' },
  leftover: 'whole',
  proof: observed,
});
const owned = (key: string, owner: Owner, leftover: Leftover, proof: Proof): Section => ({
  key,
  owner,
  leftover,
  proof,
});

/** Every known section, in the order a full export has them. */
export const catalogue: readonly Section[] = [
  rewritten('_id'),
  carried('refId'),
  owned('notifyUserViaEmail', botSettings, absent, group),
  carried('purpose'),
  owned('hasTenant', botSettings, absent, group),
  owned('hasUserEndpoint', botSettings, absent, group),
  owned('offKoraConfirmation', botSettings, absent, group),
  owned('skipMakeEditLinks', botSettings, absent, group),
  carried('type'),
  owned('variables', botVariables, absent, group),
  owned('showInMp', botSettings, absent, group),
  carried('defaultLanguage'),
  carried('supportedLanguages'),
  carried('languagePreferences'),
  owned('ivrSettings', ivrSettings, absent, group),
  owned('twilioVoiceSettings', ivrSettings, absent, group),
  owned('deflectAppStatus', botSettings, absent, chosen),
  owned('enable_pii', botSettings, absent, group),
  owned('strict_pii', botSettings, absent, group),
  owned('pii_patterns', botSettings, absent, group),
  owned('languageConfigurations', botSettings, absent, group),
  owned('solutionBotSettings', botSettings, absent, chosen),
  owned('channels', botSettings, absent, group),
  owned('audioCodesSettings', ivrSettings, absent, group),
  owned('korevgSettings', ivrSettings, absent, group),
  owned('enableNameSpace', botSettings, absent, chosen),
  owned('vNameSpace', botVariables, absent, group),
  owned('krVNameSpace', botVariables, absent, group),
  owned('evVNameSpace', botVariables, absent, group),
  owned('color', botSettings, absent, group),
  owned('demoVideoLink', botSettings, absent, chosen),
  owned('sBannerColor', botSettings, absent, group),
  owned('enableInputTranslation', botSettings, absent, group),
  owned('translationEngineId', botSettings, absent, chosen),
  carried('multiLingualConfigurations'),
  owned('isSmartAssist', botSettings, absent, group),
  owned('bBannerColor', botSettings, absent, group),
  owned('categoryIds', botSettings, absent, group),
  owned('class', botSettings, absent, group),
  owned('featured', botSettings, absent, group),
  owned('sendVcf', botSettings, absent, group),
  carried('isNLEnabled'),
  owned('interruptsEnabled', botSettings, absent, group),
  owned('externalNluAdapters', botSettings, absent, group),
  owned('sessionInactiveTime', botSettings, absent, group),
  owned('sessionClosureProcess', botSettings, absent, group),
  owned('skipSessionMessage', botSettings, absent, group),
  owned('clearAllAuthTokens', botSettings, absent, group),
  owned('runCustomScript', botSettings, absent, group),
  owned('isDeflect', botSettings, absent, group),
  owned('languagesToBeIgnored', botSettings, absent, group),
  carried('localeData'),
  owned('universalBotVersion', botSettings, absent, chosen),
  carried('interruptOptions'),
  owned('confidenceConfigs', botSettings, absent, chosen),
  carried('detectMultiIntent'),
  carried('assignAllChildBots'),
  carried('recentBotLimit'),
  carried('isCsMatchEnabled'),
  carried('defaultDialogId'),
  carried('enableAutoUtteranceAddition', keyObserved),
  carried('amendConfig', keyObserved),
  owned('botSentimentEvents', nlpSettings, absent, inferred),
  owned('enableNegativePatterns', nlpSettings, absent, inferred),
  carried('advancedNLSettings'),
  owned('translationEngines', botSettings, absent, group),
  owned('llmConfiguration', genAI, absent, chosen),
  owned('promptLibraries', genAI, absent, chosen),
  owned('llmConfigsForStream', botSettings, absent, chosen),
  owned('preBuiltIntegrations', botSettings, absent, group),
  owned('botEvents', nlpSettings, emptyObject, inferred),
  carried('idpConfigurations', keyObserved),
  owned('actions', botTask, emptyList, keyObserved),
  owned('alerts', botTask, emptyList, keyObserved),
  owned('patterns', patterns, emptyList, observed),
  owned('dialogComponents', botTask, stubs, group),
  owned('dialogs', botTask, stubs, group),
  carried('scenes'),
  carried('sceneComponents'),
  carried('widgetThemes'),
  owned('knowledgeTasks', knowledgeGraph, emptyList, keyObserved),
  owned('smallTalk', smallTalk, emptyList, inferred),
  owned('widgets', anyTask, absent, group),
  owned('panels', anyTask, absent, group),
  owned('forms', forms, absent, observed),
  owned('experienceFlows', botTask, emptyList, chosen),
  owned('metaTags', botSettings, absent, chosen),
  carried('unexportedTasks', keyObserved),
  owned('linkedBotsDetails', botSettings, absent, chosen),
  owned('fallbackDetails', botSettings, absent, chosen),
  owned('inclusiveDetails', botSettings, absent, chosen),
  carried('customDashboards', keyObserved),
  owned('agentAssistRules', agentRules, absent, chosen),
  owned('agentAssistPlaybooks', agentPlaybooks, absent, chosen),
  owned('agentAssistWidgetSettings', agentWidgets, absent, chosen),
  owned('agentAssistLayoutSettings', agentLayout, absent, chosen),
  carried('paramMaps', keyObserved),
  carried('taskDgParamMaps', keyObserved),
  owned('sentences', utterances, emptyList, inferred),
  owned('koraResponses', standardResponses, emptyList, keyObserved),
  carried('customTemplates', keyObserved),
  owned('mlParams', botTask, stubs, group),
  owned('contentVariables', botVariables, emptyList, keyObserved),
  owned('namespaces', botVariables, emptyList, group),
  rewritten('exportOptions'),
  owned('feedbackSurveys', botSettings, absent, group),
  carried('environmentVersionInfo'),
  carried('traits', keyObserved),
  rewritten('encryptedHash'),
];

const byKey = new Map(catalogue.map((section) => [section.key, section]));

/**
 * The catalogue's word on a section. A key it does not know, of a newer version of the platform, belongs to no
 * component: it is carried in every export, so that nothing is lost.
 */
export function sectionOf(key: string): Section {
  return byKey.get(key) ?? { key, owner: { by: 'nobody' }, leftover: 'whole', proof: 'chosen' };
}

/** Sections that Botport writes anew in every export; all others come out as they went in, or are left out. */
export function isRewritten(key: string): boolean {
  return sectionOf(key).owner.by === 'botport';
}

/**
 * What a stub keeps, in this order; fields the item lacks are skipped. `mlParams` keeps all fields in their own order
 * but the one named.
 */
export const stubFields: Readonly<Record<string, { keep: readonly string[] } | { drop: readonly string[] }>> =
  {
    dialogs: { keep: ['_id', 'refId', 'lname', 'localeData', 'amendConfig', 'vNameSpace'] },
    dialogComponents: {
      keep: ['_id', 'refId', 'name', 'type', 'localeData', 'idp', 'useTaskLevelNs', 'vNameSpace'],
    },
    mlParams: { drop: ['dialogIntents'] },
  };

/**
 * The order of an export without any settings. With settings the order is the bot's own, which swaps a few keys from
 * bot to bot.
 */
const orderWithoutSettings: readonly string[] =
  `_id refId purpose type defaultLanguage supportedLanguages languagePreferences localeData isNLEnabled
multiLingualConfigurations interruptOptions detectMultiIntent assignAllChildBots recentBotLimit
isCsMatchEnabled defaultDialogId enableAutoUtteranceAddition amendConfig botSentimentEvents
enableNegativePatterns advancedNLSettings botEvents idpConfigurations actions alerts patterns
dialogComponents dialogs scenes sceneComponents widgetThemes knowledgeTasks smallTalk widgets panels
forms unexportedTasks customDashboards paramMaps taskDgParamMaps sentences koraResponses
customTemplates mlParams contentVariables namespaces exportOptions environmentVersionInfo traits
encryptedHash`.split(/\s+/);

/**
 * The keys of a bot in the order of an export without settings. A key that has no place in it follows the key it
 * stands behind in the bot.
 */
export function orderKeysWithoutSettings(keys: readonly string[]): string[] {
  const ordered = orderWithoutSettings.filter((key) => keys.includes(key));
  keys.forEach((key, index) => {
    if (ordered.includes(key)) return;
    const before = index === 0 ? undefined : keys[index - 1];
    ordered.splice(before === undefined ? 0 : ordered.indexOf(before) + 1, 0, key);
  });
  return ordered;
}

/** An export of a bot that has no `exportOptions` gets them in front of the first of these sections. */
export const afterExportOptions: readonly string[] = [
  'feedbackSurveys',
  'environmentVersionInfo',
  'traits',
  'encryptedHash',
];

/** Sections whose items people know by name: the tasks of a bot and what is built like them. */
export const taskSections = [
  'dialogs',
  'actions',
  'alerts',
  'forms',
  'widgets',
  'knowledgeTasks',
  'experienceFlows',
] as const;
export type TaskSection = (typeof taskSections)[number];

export function isTaskSection(key: string): key is TaskSection {
  return (taskSections as readonly string[]).includes(key);
}

/** Sections that are lists of objects wherever they are there; `dialogs` every definition has. */
export const listSections: ReadonlySet<string> = new Set([
  ...taskSections,
  'advancedNLSettings',
  'contentVariables',
  'customDashboards',
  'customTemplates',
  'dialogComponents',
  'idpConfigurations',
  'koraResponses',
  'mlParams',
  'namespaces',
  'panels',
  'patterns',
  'sceneComponents',
  'scenes',
  'sentences',
  'smallTalk',
  'traits',
  'widgetThemes',
]);
