import { BotportError } from '../errors.ts';
import { type Chosen, everything, readOptions } from './options.ts';

/** What an export request asks for, as far as it is resolved without a snapshot. */
export interface Request {
  exportOptions?: Record<string, unknown> | undefined;
  subTasks?: Record<string, string[]> | undefined;
  IncludeDependentTasks?: boolean | undefined;
}

/** A request resolved: which sections stay out, and what the export says of itself. */
export interface Selection {
  leavesOut(section: string): boolean;
  /** The lists of `exportOptions` in the export, in their order. */
  lists: [family: string, values: readonly string[]][];
  includeDependentTasks: boolean;
}

/** Without all of these, a request chooses a part of the bot. */
const wholeBot: [family: string, value: string][] = [
  ['settings', 'botSettings'],
  ['settings', 'botVariables'],
  ['settings', 'ivrSettings'],
  ['tasks', 'botTask'],
  ['tasks', 'knowledgeGraph'],
  ['tasks', 'smallTalk'],
  ['nlpData', 'nlpSettings'],
  ['nlpData', 'utterances'],
  ['nlpData', 'patterns'],
  ['nlpData', 'standardResponses'],
];

/** Sections that came with later versions of the API, and the component that has to be named to get them. */
const namedOnly: Record<string, [family: string, value: string]> = {
  forms: ['tasks', 'forms'],
  llmConfiguration: ['settings', 'genAIandLLMSettings'],
  promptLibraries: ['settings', 'genAIandLLMSettings'],
};

/** The lists every export names, those the request left out as empty ones. */
const alwaysNamed = ['tasks', 'nlpData', 'settings'];

/**
 * Resolves an export request.
 *
 * @throws `partial_export` when the request chooses a part of the bot
 * @throws `nothing_selected`, `unknown_option`
 */
export function select({ exportOptions, subTasks, IncludeDependentTasks }: Request): Selection {
  const includeDependentTasks = IncludeDependentTasks === true;
  refuseChosenTasks(subTasks);
  if (exportOptions === undefined) {
    return { leavesOut: () => false, lists: Object.entries(everything), includeDependentTasks };
  }
  const chosen = readOptions(exportOptions);
  refusePart(chosen, exportOptions);
  const missing = alwaysNamed.filter((family) => !chosen.lists.some(([name]) => name === family));
  return {
    leavesOut: (section) => {
      const owner = Object.hasOwn(namedOnly, section) ? namedOnly[section] : undefined;
      return owner !== undefined && !chosen.has(...owner);
    },
    lists: [...chosen.lists, ...missing.map((family): [string, string[]] => [family, []])],
    includeDependentTasks,
  };
}

/** Empty lists choose nothing in particular: clients send them along. */
function refuseChosenTasks(subTasks: Record<string, string[]> | undefined): void {
  const chosen = Object.entries(subTasks ?? {}).find(([, names]) => names.length > 0);
  if (chosen) throw new BotportError('partial_export', `subTasks.${chosen[0]} names single tasks`);
}

function refusePart(chosen: Chosen, exportOptions: Record<string, unknown>): void {
  const left = wholeBot.find(([family, value]) => !chosen.has(family, value));
  if (left) throw new BotportError('partial_export', `${left.join('.')} is not chosen`);
  const { options } = exportOptions;
  if (hasContent(options))
    throw new BotportError('partial_export', 'exportOptions.options leaves variables out');
}

/** Whether a structure holds anything but empty lists and `false`. */
function hasContent(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(hasContent);
  return value !== undefined && value !== null && value !== false;
}
