import { BotportError } from '../errors.ts';

/**
 * The component names an export request can choose, by family. Both generations of names are known: the API's
 * documentation up to version 9 says `training_data`, `bot_synonyms`, `defaultDialog`; later versions say
 * `synonyms`, `traits`, `rules`, `concepts`. `AgentAI` was renamed `AgentAssist`.
 */
const families: Record<string, readonly string[]> = {
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

/** Members of `exportOptions` that are no lists of components. */
const otherMembers = [
  'options',
  'subTasks',
  'allTasks',
  'IncludeDependentTasks',
  'customDashboard',
  'customDashboards',
];

/** What a request that names no components stands for. */
export const everything: Record<string, readonly string[]> = {
  tasks: ['botTask', 'knowledgeGraph', 'smallTalk', 'forms'],
  nlpData: [
    'nlpSettings',
    'utterances',
    'patterns',
    'traits',
    'rules',
    'concepts',
    'synonyms',
    'standardResponses',
  ],
  settings: ['botSettings', 'botVariables', 'ivrSettings', 'genAIandLLMSettings'],
  AgentAssist: ['rules', 'playbooks', 'widgetSettings', 'layoutSettings'],
};

/** The lists of components of a request, as sent, and what each names. */
export interface Chosen {
  /** In the order sent, verbatim. */
  lists: [family: string, values: string[]][];
  /** Whether a value of a family was chosen, in any case of its letters. */
  has(family: string, value: string): boolean;
}

/**
 * Reads the lists of components of `exportOptions`.
 *
 * @throws `nothing_selected` when every list is empty
 * @throws `unknown_option` for a family or value no version of the API knows
 */
export function readOptions(exportOptions: Record<string, unknown>): Chosen {
  const lists: [string, string[]][] = [];
  for (const [family, values] of Object.entries(exportOptions)) {
    if (otherMembers.includes(family)) continue;
    const known = Object.hasOwn(families, family) ? families[family] : undefined;
    if (!known) {
      throw new BotportError(
        'unknown_option',
        `exportOptions.${quote(family)}; known are ${listed(Object.keys(families))}`,
      );
    }
    if (!Array.isArray(values))
      throw new BotportError('invalid_arguments', `exportOptions.${family}: expected a list`);
    for (const value of values) {
      if (typeof value !== 'string' || !known.some((name) => sameName(name, value))) {
        throw new BotportError(
          'unknown_option',
          `exportOptions.${family}: ${quote(value)}; known are ${listed(known)}`,
        );
      }
    }
    lists.push([family, values as string[]]);
  }
  if (lists.every(([, values]) => values.length === 0)) throw new BotportError('nothing_selected');
  return {
    lists,
    has: (family, value) =>
      lists.some(([name, values]) => name === family && values.some((one) => sameName(one, value))),
  };
}

/** Real callers write `bottask` for `botTask`, and are understood. */
function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function quote(value: unknown): string {
  return JSON.stringify(typeof value === 'string' ? value.slice(0, 100) : value)?.slice(0, 110) ?? 'nothing';
}

function listed(names: readonly string[]): string {
  return names.join(', ');
}
