import { isObject, readIdentity, readTask, shortened, textOf } from '../item.ts';
import { isSecretSection, looksSecret } from './secrets.ts';

/** How people speak of the items of a section. */
interface Words {
  /** Of one of them. */
  one: string;
  /** Of all. */
  title: string;
  /** Fields that tell one from the others, together: an item whose ids were renewed is found by them. */
  names?: readonly string[];
}

const known: Readonly<Record<string, Words>> = {
  dialogs: { one: 'dialog', title: 'Dialogs', names: ['lname'] },
  dialogComponents: { one: 'node', title: 'Nodes', names: ['name', 'type'] },
  sentences: { one: 'utterance', title: 'Utterances', names: ['sentence', 'taskName', 'language', 'type'] },
  patterns: { one: 'patterns', title: 'Patterns', names: ['taskName', 'taskType', 'nodeType'] },
  actions: { one: 'action', title: 'Actions' },
  alerts: { one: 'alert', title: 'Alerts' },
  forms: { one: 'form', title: 'Forms', names: ['name'] },
  widgets: { one: 'widget', title: 'Widgets', names: ['name'] },
  panels: { one: 'panel', title: 'Panels', names: ['name'] },
  knowledgeTasks: { one: 'knowledge graph', title: 'Knowledge graphs', names: ['name', 'language'] },
  experienceFlows: { one: 'experience flow', title: 'Experience flows', names: ['name'] },
  smallTalk: { one: 'small talk', title: 'Small talk', names: ['language'] },
  scenes: { one: 'scene', title: 'Scenes', names: ['name'] },
  sceneComponents: { one: 'part of a scene', title: 'Parts of scenes' },
  contentVariables: { one: 'content variable', title: 'Content variables', names: ['key'] },
  namespaces: { one: 'name space', title: 'Name spaces', names: ['name'] },
  traits: { one: 'trait group', title: 'Traits', names: ['groupName', 'language'] },
  mlParams: { one: 'training settings', title: 'Training settings', names: ['language', 'state', 'type'] },
  advancedNLSettings: {
    one: 'language setting',
    title: 'Language settings',
    names: ['configurationKeyName', 'language', 'nlpEngine', 'type'],
  },
  koraResponses: { one: 'standard response', title: 'Standard responses', names: ['Key', 'language'] },
  botSentimentEvents: { one: 'sentiment event', title: 'Sentiment events', names: ['name'] },
  pii_patterns: { one: 'pattern of personal data', title: 'Patterns of personal data', names: ['pii_type'] },
  idpConfigurations: { one: 'authorization profile', title: 'Authorization profiles', names: ['name'] },
  customDashboards: { one: 'dashboard', title: 'Dashboards', names: ['name'] },
  widgetThemes: { one: 'widget theme', title: 'Widget themes', names: ['theme'] },
  channels: { one: 'channel', title: 'Channels', names: ['type', 'displayName'] },
  agentAssistRules: { one: 'agent rule', title: 'Agent rules' },
  agentAssistPlaybooks: { one: 'playbook', title: 'Playbooks' },
  botEvents: { one: 'setting', title: 'Events' },
  localeData: { one: 'setting', title: 'Name, synonyms and thresholds' },
  envVariables: { one: 'environment variable', title: 'Environment variables', names: ['key'] },
  files: { one: 'file', title: 'Files' },
};

/** Fields that hold the name of an item, where that is none of the usual ones. */
const nameFields: Readonly<Record<string, string>> = {
  sentences: 'sentence',
  patterns: 'taskName',
  koraResponses: 'Key',
  pii_patterns: 'pii_type',
  advancedNLSettings: 'configurationKeyName',
  traits: 'groupName',
  smallTalk: 'language',
  mlParams: 'language',
  widgetThemes: 'theme',
  contentVariables: 'key',
  envVariables: 'key',
  channels: 'displayName',
  sceneComponents: 'type',
};

export function titleOf(section: string): string {
  return Object.hasOwn(known, section) ? (known[section]?.title ?? section) : section;
}

/** What one of its items, or the section itself where it is no list, is called. */
export function kindOf(section: string, isList: boolean): string {
  const words = Object.hasOwn(known, section) ? known[section] : undefined;
  return words?.one ?? (isList ? 'item' : 'setting');
}

export function namingFields(section: string): readonly string[] | undefined {
  return Object.hasOwn(known, section) ? known[section]?.names : undefined;
}

/** How people find an item again. */
export interface ItemName {
  /** `dialog`, `node`, `utterance`, … */
  what: string;
  name: string;
  /** What kind of a node: `entity`, `message`, … */
  type: string | undefined;
  /** Name of what it belongs to. */
  of: string | undefined;
  /** Id of what it belongs to. */
  ofId: string | undefined;
  id: string | undefined;
  refId: string | undefined;
}

export function nameItem(section: string, value: unknown, index: number, language: string): ItemName {
  const item = isObject(value) ? value : {};
  const field = Object.hasOwn(nameFields, section) ? nameFields[section] : undefined;
  const named = field === undefined ? undefined : textOf(item[field]);
  const plain =
    typeof value === 'string' && !isSecretSection(section) && !looksSecret(value) ? value : undefined;
  const name = shortened(named ?? plain ?? (readTask(value, language).name || `number ${index + 1}`));
  const sentence = section === 'sentences';
  const component = section === 'dialogComponents';
  return {
    what: kindOf(section, true),
    name,
    type: component ? textOf(item.type) : undefined,
    of: sentence ? textOf(item.taskName) : undefined,
    ofId: component ? textOf(item.dialogId) : undefined,
    ...readIdentity(value),
  };
}
