import { isObject, readIdentity, readNames, textOf } from './item.ts';

/*
 * The outline of a definition: of every item, what choosing has to know of it (who it is and whom it refers to), and
 * nothing else. Made once for a snapshot, item by item.
 */

/** What a reference points at. */
export type Target =
  | 'dialog'
  | 'component'
  | 'form'
  | 'profile'
  | 'name space'
  | 'environment variable'
  | 'content variable';

/** A reference as it stands in an item. */
export interface Link {
  /** What the reference is for, in a builder's words. */
  kind: string;
  to: Target;
  /** An `_id`, a `refId`, a name or a key, as the field has it. */
  value: string;
}

export interface Outline {
  section: string;
  /** Position in the section. */
  index: number;
  id: string | undefined;
  refId: string | undefined;
  /** What people call it; the first is the one to show. */
  names: string[];
  /** `type` of a component, `nodeType` of a pattern: what it is. */
  type: string | undefined;
  /** State of a task: `published`, `configured`, … */
  state: string | undefined;
  /** The one thing an item belongs to: a component's dialog, a sentence's intent, a scene's dialog, … */
  belongsTo: string | undefined;
  links: Link[];
}

export interface BotOutline {
  /** The outlines of the items of each outlined section, in their order. */
  items: ReadonlyMap<string, readonly Outline[]>;
  /** The references of sections that are no lists. */
  values: ReadonlyMap<string, readonly Link[]>;
  /** Keys of the environment variables. */
  variables: readonly string[];
}

/** Sections whose items are outlined. */
export const outlinedSections: ReadonlySet<string> = new Set([
  'dialogs',
  'dialogComponents',
  'patterns',
  'sentences',
  'scenes',
  'sceneComponents',
  'actions',
  'alerts',
  'experienceFlows',
  'agentAssistRules',
  'agentAssistPlaybooks',
  'forms',
  'knowledgeTasks',
  'widgets',
  'idpConfigurations',
  'contentVariables',
  'botSentimentEvents',
  'namespaces',
  'pii_patterns',
]);

/** Sections that are no lists and refer to dialogs. */
export const referringValues: ReadonlySet<string> = new Set([
  'botEvents',
  'defaultDialogId',
  'ivrSettings',
  'twilioVoiceSettings',
  'audioCodesSettings',
  'korevgSettings',
]);

/** The outline of one item. `value` is the parsed item, `text` the same as text. */
export function outlineItem(section: string, index: number, value: unknown, text: string): Outline {
  const { id, refId } = readIdentity(value);
  const item = isObject(value) ? value : {};
  const read = (field: string) => textOf(item[field]);
  const outline: Outline = {
    section,
    index,
    id,
    refId,
    names: readNames(value),
    type: read('nodeType') ?? read('type'),
    state: read('state'),
    belongsTo: undefined,
    links: [],
  };
  switch (section) {
    case 'dialogs':
    case 'dialogComponents':
      outline.belongsTo = section === 'dialogs' ? undefined : read('dialogId');
      outline.links = [...idLinks(item), ...variableLinks(text), ...formLinks(item), ...profileLinks(item)];
      break;
    case 'sentences':
      outline.belongsTo = read('taskId');
      outline.links = entityLinks(listOf(item.entities).map((entity) => isObject(entity) && entity.entityId));
      break;
    case 'scenes':
      outline.belongsTo = read('dialogRefId');
      break;
    case 'sceneComponents':
      outline.belongsTo = read('sceneId');
      break;
    case 'contentVariables':
      outline.names = [read('key') ?? ''];
      break;
    case 'actions':
    case 'alerts':
      outline.links = [...variableLinks(text), ...profileLinks(item)];
      break;
    case 'experienceFlows':
      outline.links = [
        ...idLinks(item),
        ...dialogFields(item, { dialogRefId: 'flow' }),
        ...variableLinks(text),
      ];
      break;
    case 'agentAssistRules':
    case 'agentAssistPlaybooks':
      outline.links = [...idLinks(item), ...variableLinks(text)];
      break;
    case 'forms':
      outline.links = dialogFields(item, { resourceId: 'form' });
      break;
    case 'knowledgeTasks':
      outline.links = [...dialogFields(item, { dialogRefId: 'question' }), ...variableLinks(text)];
      break;
    case 'widgets':
      outline.links = dialogFields(item, { resource: 'widget' });
      break;
    case 'botSentimentEvents':
      outline.links = dialogFields(item, { task: 'event' });
      break;
    case 'pii_patterns':
      outline.links = entityLinks(listOf(item.mappedEntities));
      break;
  }
  outline.links.push(...nameSpaceLinks(item));
  return outline;
}

/** The dialogs that a section which is no list refers to. */
export function valueLinks(section: string, value: unknown): Link[] {
  if (section === 'defaultDialogId') {
    const id = textOf(value);
    return id === undefined ? [] : [{ kind: 'default dialog', to: 'dialog', value: id }];
  }
  if (section === 'botEvents') {
    // Only the event itself names a dialog: deeper members of that name say how to answer.
    const events = isObject(value) ? Object.values(value) : [];
    return events.flatMap((event) => {
      const task = isObject(event) ? textOf(event.task) : undefined;
      return task === undefined ? [] : [{ kind: 'event', to: 'dialog' as const, value: task }];
    });
  }
  return dialogFields(value, { callTerminationHandler: 'call termination' });
}

const idShape = /^(?:(?:dg|dc)-)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Most texts have another length. */
function isId(text: string): boolean {
  return (text.length === 36 || text.length === 39) && idShape.test(text);
}

/** What a field that may hold an id of a dialog or component is for; other fields are `mention`. */
const linkKinds: Readonly<Record<string, string>> = {
  componentId: 'node',
  flowTaskId: 'call',
  ref: 'retry',
  followUpIntents: 'follow-up',
  subIntents: 'sub-intent',
  interruptOptions: 'interruption',
};

/** Fields that hold nothing but ids of dialogs or components, whatever these look like. */
const idFields: ReadonlySet<string> = new Set(['componentId', 'flowTaskId']);

/** Fields whose ids name the item itself, its owner, another revision, a person, or a name space. */
const notLinks: ReadonlySet<string> = new Set([
  '_id',
  'refId',
  'dialogId',
  'dialogRefId',
  'parentId',
  'sceneRefId',
  'vNameSpace',
  'streamId',
  'sId',
  'botId',
  'createdBy',
  'lModBy',
  'modifiedBy',
  'lastModifiedBy',
  'resourceId',
  'localeData',
  'message',
  'script',
]);

/**
 * Everything in a dialog or component that has the form of an id of a dialog or component. Whether it is one shows
 * when the whole bot is known; so no field is missed that a version of the platform adds.
 */
function idLinks(item: Record<string, unknown>): Link[] {
  const links: Link[] = [];
  const visit = (value: unknown, field: string, kind: string): void => {
    if (typeof value === 'string') {
      if (value === '' || !(idFields.has(field) || isId(value))) return;
      links.push({ kind, to: field === 'componentId' ? 'component' : 'dialog', value });
    } else if (Array.isArray(value)) {
      for (const one of value) visit(one, field, kind);
    } else if (isObject(value)) {
      for (const key of Object.keys(value)) {
        if (notLinks.has(key)) continue;
        visit(value[key], key, kindOf(key) ?? (kind === 'node' ? 'mention' : kind));
      }
    }
  };
  for (const [key, value] of Object.entries(item)) {
    if (!notLinks.has(key)) visit(value, key, kindOf(key) ?? 'mention');
  }
  return links;
}

function kindOf(field: string): string | undefined {
  return Object.hasOwn(linkKinds, field) ? linkKinds[field] : undefined;
}

/** Entities that a marked utterance or a rule for personal data names. */
function entityLinks(ids: readonly unknown[]): Link[] {
  return ids.flatMap((id) => {
    const value = textOf(id);
    return value === undefined ? [] : [{ kind: 'entity', to: 'component' as const, value }];
  });
}

/** The name spaces an item belongs to; stubs keep them. */
function nameSpaceLinks({ vNameSpace }: Record<string, unknown>): Link[] {
  return listOf(vNameSpace).flatMap((id) => {
    const value = textOf(id);
    return value === undefined ? [] : [{ kind: nameSpaceKind, to: nameSpaceKind, value }];
  });
}

/** Kind and target of a reference to a name space. */
export const nameSpaceKind = 'name space';

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The form a form component shows. */
function formLinks({ type, resourceId }: Record<string, unknown>): Link[] {
  const form = type === 'form' ? textOf(resourceId) : undefined;
  return form === undefined ? [] : [{ kind: 'form', to: 'form', value: form }];
}

/** The auth profile a service uses; `none` is the word for no profile. */
function profileLinks({ idp }: Record<string, unknown>): Link[] {
  const profile = textOf(idp);
  return profile === undefined || profile === 'none'
    ? []
    : [{ kind: 'auth profile', to: 'profile', value: profile }];
}

/** Every value of the named fields, however deep, as a reference to a dialog. */
function dialogFields(value: unknown, fields: Readonly<Record<string, string>>): Link[] {
  const links: Link[] = [];
  const visit = (one: unknown): void => {
    if (Array.isArray(one)) one.forEach(visit);
    if (!isObject(one)) return;
    for (const [key, member] of Object.entries(one)) {
      const kind = Object.hasOwn(fields, key) ? fields[key] : undefined;
      const id = textOf(member);
      if (kind !== undefined && id !== undefined) links.push({ kind, to: 'dialog', value: id });
      else visit(member);
    }
  };
  visit(value);
  return links;
}

/** Letters and the point, percent-encoded: what the name of a variable begins with may be hidden by them. */
const hidden = /%(?:2[Ee]|[46]|[57][0-9Aa])/;

const variable = /\b(env|content)\.([A-Za-z_][\w-]*)/g;

/** Variables that texts and scripts use. Parts of them are percent-encoded. */
function variableLinks(text: string): Link[] {
  if (!text.includes('env.') && !text.includes('content.') && !hidden.test(text)) return [];
  const found = new Map<string, Link>();
  const decoded = text.replace(/%([2-7][0-9A-Fa-f])/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  for (const [whole, space, key] of decoded.matchAll(variable)) {
    if (key === undefined || found.has(whole)) continue;
    const to: Target = space === 'env' ? 'environment variable' : 'content variable';
    found.set(whole, { kind: 'variable', to, value: key });
  }
  return [...found.values()];
}
