import { BotportError } from '../errors.ts';
import { nearest } from '../nearest.ts';

/** What an export request asks for, as far as the definition is concerned. */
export interface ExportRequest {
  exportType: 'latest' | 'published';
  /** Lists of component names by family, in the order they were sent, and further members. Left out: everything. */
  exportOptions?: Readonly<Record<string, unknown>> | undefined;
  /** Single tasks, by kind. */
  subTasks?: Readonly<Record<string, readonly string[]>> | undefined;
  IncludeDependentTasks?: boolean | undefined;
  IncludeFormDependentTasks?: boolean | undefined;
  customDashboards?: boolean | undefined;
}

/** A request read: every option checked and in one form. */
export interface Options {
  exportType: 'latest' | 'published';
  /** Whether the request names components at all; else it asks for all of them. */
  named: boolean;
  /** The lists of components in the order sent, verbatim. */
  lists: [family: string, values: readonly string[]][];
  /** Whether a component was chosen, however its letters were cased. */
  has(family: string, value: string): boolean;
  /** Whether anything of a family was chosen. */
  hasAny(family: string): boolean;
  subTasks: Readonly<Record<string, readonly string[]>>;
  /** Whether `subTasks` stood in `exportOptions`, where archives record it. */
  recorded: boolean;
  dependent: boolean;
  dependentForms: boolean;
  /** Whether custom dashboards were refused. */
  withoutDashboards: boolean;
  /** Variables to leave out. */
  variables: { ignore: ReadonlySet<string>; environment: boolean; content: boolean };
}

/**
 * The component names an export request can choose, by family. Both generations of names are known: the API's
 * documentation up to version 9 says `training_data`, `bot_synonyms`, `defaultDialog`; later versions say
 * `synonyms`, `traits`, `rules`, `concepts`. `AgentAI` was renamed `AgentAssist`.
 */
const families: Readonly<Record<string, readonly string[]>> = {
  settings: ['botSettings', 'botVariables', 'ivrSettings', 'genAIandLLMSettings'],
  tasks: ['botTask', 'knowledgeGraph', 'smallTalk', 'forms'],
  nlpData: [
    'nlpSettings',
    'utterances',
    'patterns',
    'traits',
    'traitRules',
    'rules',
    'concepts',
    'synonyms',
    'standardResponses',
    'training_data',
    'bot_synonyms',
    'defaultDialog',
  ],
  AgentAI: ['rules', 'playbooks', 'widgetSettings', 'layoutSettings'],
  AgentAssist: ['rules', 'playbooks', 'widgetSettings', 'layoutSettings'],
  botComponents: ['linkedBots', 'smallTalk'],
};

/** Two names for one family. */
const renamed: Readonly<Record<string, string>> = { AgentAI: 'AgentAssist' };

/** Members of `exportOptions` that are no lists of components. Archives record some of them there. */
const otherMembers: readonly string[] = [
  'options',
  'subTasks',
  'allTasks',
  'IncludeDependentTasks',
  'IncludeFormDependentTasks',
  'customDashboard',
  'customDashboards',
];

/** What a request that names no components stands for: every component, as an export of it records them. */
export const everything: [family: string, values: readonly string[]][] = [
  ['tasks', ['botTask', 'knowledgeGraph', 'smallTalk', 'forms']],
  [
    'nlpData',
    ['nlpSettings', 'utterances', 'patterns', 'traits', 'rules', 'concepts', 'synonyms', 'standardResponses'],
  ],
  ['settings', ['botSettings', 'botVariables', 'ivrSettings', 'genAIandLLMSettings']],
  ['AgentAssist', ['rules', 'playbooks', 'widgetSettings', 'layoutSettings']],
];

/**
 * Reads an export request. `allTasks` needs no reading: without single tasks all tasks are meant, with them it is
 * ignored.
 *
 * @throws `nothing_selected` when components are to be named, but every list is empty
 * @throws `unknown_option` for a family or value no version of the API knows
 */
export function readOptions(request: ExportRequest): Options {
  const { exportOptions } = request;
  const lists = exportOptions === undefined ? everything : readLists(exportOptions);
  if (lists.every(([, values]) => values.length === 0)) throw new BotportError('nothing_selected');
  const chosen = new Set(
    lists.flatMap(([family, values]) => values.map((value) => nameOf(renamed[family] ?? family, value))),
  );
  const nested = exportOptions ?? {};
  return {
    exportType: request.exportType,
    named: exportOptions !== undefined,
    lists,
    has: (family, value) => chosen.has(nameOf(family, value)),
    hasAny: (family) => lists.some(([name, values]) => name === family && values.length > 0),
    subTasks: checkKinds(request.subTasks ?? readSubTasks(nested.subTasks)),
    recorded: request.subTasks === undefined,
    dependent: request.IncludeDependentTasks ?? nested.IncludeDependentTasks === true,
    dependentForms: request.IncludeFormDependentTasks ?? nested.IncludeFormDependentTasks === true,
    withoutDashboards:
      (request.customDashboards ?? nested.customDashboards ?? nested.customDashboard) === false,
    variables: readVariables(nested.options),
  };
}

function readLists(exportOptions: Readonly<Record<string, unknown>>): [string, readonly string[]][] {
  const lists: [string, readonly string[]][] = [];
  for (const [family, values] of Object.entries(exportOptions)) {
    if (otherMembers.includes(family)) continue;
    const known = Object.hasOwn(families, family) ? families[family] : undefined;
    if (!known) throw unknown('exportOptions', family, [...Object.keys(families), ...otherMembers]);
    if (!isTextList(values)) {
      throw new BotportError('invalid_arguments', `exportOptions.${family}: expected a list of text`);
    }
    for (const value of values) {
      if (!known.some((name) => name.toLowerCase() === value.toLowerCase())) {
        throw unknown(`exportOptions.${family}`, value, known);
      }
    }
    lists.push([family, values]);
  }
  return lists;
}

function unknown(where: string, value: string, known: readonly string[]): BotportError {
  const hint = nearest(value, known);
  const words = hint === undefined ? `known are ${known.join(', ')}` : `did you mean "${hint}"?`;
  return new BotportError('unknown_option', `${where}: ${JSON.stringify(value.slice(0, 100))}; ${words}`);
}

function readSubTasks(value: unknown): Record<string, readonly string[]> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string[]] => isTextList(entry[1])),
  );
}

/** The kinds of tasks that can be chosen one by one, as `subTasks` names them: they are sections, too. */
export const subTaskKinds = ['dialogs', 'alerts', 'actions', 'forms', 'experienceFlows'] as const;
export type SubTaskKind = (typeof subTaskKinds)[number];

/** A list that nobody reads must not pass for a choice. */
function checkKinds(subTasks: Readonly<Record<string, readonly string[]>>): typeof subTasks {
  for (const [kind, names] of Object.entries(subTasks)) {
    if (names.length > 0 && !(subTaskKinds as readonly string[]).includes(kind)) {
      throw unknown('subTasks', kind, subTaskKinds);
    }
  }
  return subTasks;
}

function readVariables(options: unknown): Options['variables'] {
  refuseOthers('exportOptions.options', options, ['botVariables']);
  const variables = memberOf(options, 'botVariables');
  refuseOthers('exportOptions.options.botVariables', variables, [
    'ignore',
    'ignoreEnvironmentVariables',
    'ignoreContentVariables',
  ]);
  const { ignore, ignoreEnvironmentVariables, ignoreContentVariables } = variables;
  return {
    ignore: new Set(isTextList(ignore) ? ignore : []),
    environment: ignoreEnvironmentVariables === true,
    content: ignoreContentVariables === true,
  };
}

/** What is to be left out may be a secret: a misspelled member must not go unnoticed. */
function refuseOthers(where: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null) return;
  const other = Object.keys(value).find((key) => !known.includes(key));
  if (other !== undefined) throw unknown(where, other, known);
}

function memberOf(value: unknown, key: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return {};
  const member: unknown = Reflect.get(value, key);
  return typeof member === 'object' && member !== null ? (member as Record<string, unknown>) : {};
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function nameOf(family: string, value: string): string {
  return `${family}.${value.toLowerCase()}`;
}
