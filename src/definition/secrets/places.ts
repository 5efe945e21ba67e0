import { isObject, readNames, textOf } from '../item.ts';

/*
 * Where something stands in a bot, in the words of those who build bots.
 */

/** Names that a definition gives, for places in it. */
export interface BotNames {
  defaultLanguage: string | undefined;
  /** The name of a dialog, by the id of a component that is one of its nodes. */
  dialogOfComponent: ReadonlyMap<string, string>;
}

/** What one item of a section is called. */
const itemWords: Record<string, string> = {
  dialogs: 'dialog',
  dialogComponents: 'node',
  actions: 'action',
  alerts: 'alert',
  channels: 'channel',
  idpConfigurations: 'authorization profile',
  externalNluAdapters: 'NLU adapter',
  preBuiltIntegrations: 'integration',
  translationEngines: 'translation engine',
  llmConfiguration: 'language model',
  llmConfigsForStream: 'language model',
  promptLibraries: 'prompt',
  contentVariables: 'content variable',
  knowledgeTasks: 'knowledge task',
  widgets: 'widget',
  panels: 'panel',
  forms: 'form',
  experienceFlows: 'experience flow',
  sentences: 'utterance',
  koraResponses: 'standard response',
  agentAssistRules: 'agent rule',
  agentAssistPlaybooks: 'agent playbook',
  feedbackSurveys: 'survey',
  smallTalk: 'small talk',
  traits: 'trait',
  customTemplates: 'template',
};

/** The item a place is in, `dialog "Block Card", node "callApi"`, and what that is called. */
export function itemPlace(
  path: readonly (string | number)[],
  item: unknown,
  names: BotNames,
): { words: string; name: string } {
  const [section = '', index] = path;
  if (typeof index !== 'number') return { words: `setting "${section}"`, name: String(section) };
  const name = nameOf(item, names.defaultLanguage) ?? `number ${index + 1}`;
  const own = `${itemWords[section] ?? `item of "${section}"`} "${name}"`;
  const id = isObject(item) ? textOf(item._id) : undefined;
  const dialog = id === undefined ? undefined : names.dialogOfComponent.get(id);
  return { words: dialog === undefined ? own : `dialog "${dialog}", ${own}`, name };
}

function nameOf(item: unknown, language: string | undefined): string | undefined {
  if (!isObject(item)) return undefined;
  const named = readNames(item, language)[0];
  return (
    named ??
    textOf(item.key) ??
    textOf(item.Key) ??
    textOf(item.taskName) ??
    textOf(item.type) ??
    textOf(item.refId)
  );
}

/** The names of dialogs by the ids of their components, from the items of the section `dialogs`. */
export function dialogNames(dialogs: readonly unknown[], language: string | undefined): Map<string, string> {
  const names = new Map<string, string>();
  for (const dialog of dialogs) {
    const name = nameOf(dialog, language);
    if (name !== undefined) for (const id of componentsIn(dialog)) names.set(id, name);
  }
  return names;
}

/** Ids of components, however deep: nodes may stand in groups of nodes. */
function componentsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(componentsIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    key === 'componentId' && typeof member === 'string' ? [member] : componentsIn(member),
  );
}

/** What the rest of a path says: `header "Authorization"`, `body`, `script`, `field authentication.value`. */
export function fieldPlace(
  rest: readonly (string | number)[],
  name: string | undefined,
  line: number | undefined,
): string {
  const words = rest.map(String);
  const named = name === undefined ? '' : ` "${name}"`;
  const has = (word: string) => words.includes(word);
  if (has('headers') || has('headerFields')) return `header${named}`;
  if (['script', 'preProcessor', 'postProcessor', 'code'].some(has)) {
    return `script${line === undefined ? '' : ` line ${line}`}${named}`;
  }
  if (has('payload') || has('payloadFields')) return `body${named}`;
  if (has('endPoint')) return `address${named}`;
  if (has('message') || has('text')) return `message${named}`;
  return `field ${words.join('.')}${name === undefined || words.at(-1) === name ? '' : named}`;
}
