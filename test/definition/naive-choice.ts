import { type Json, objectsOf } from '../exports/choosing-kit.ts';

/*
 * A second, naive reading of which dialogs need which, and what belongs to them: over the parsed definition, without
 * anything of the code under test.
 */

/** Every object in a value, however deep. */
function* objectsIn(value: unknown): Generator<Json> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value as Json;
  for (const inner of Object.values(value)) yield* objectsIn(inner);
}

/** The texts a field has anywhere in a value. */
export function textsOf(value: unknown, field: string): string[] {
  return [...objectsIn(value)].map((object) => object[field]).filter((text) => typeof text === 'string');
}

/** The components a dialog uses: those of its nodes, and those that these use in turn. */
export function componentsOf(definition: Json, dialog: Json): Json[] {
  const used = new Set<Json>();
  const use = (holder: Json): void => {
    for (const id of textsOf(holder.nodes, 'componentId')) {
      const component = objectsOf(definition, 'dialogComponents').find(
        ({ _id, refId }) => id === _id || id === refId,
      );
      if (!component || used.has(component)) continue;
      used.add(component);
      use(component);
    }
  };
  use(dialog);
  return [...used];
}

/** Of each section that belongs to dialogs: the positions of what belongs to these. */
export function sectionsOfDialogs(definition: Json, ids: ReadonlySet<string>): Map<string, Set<number>> {
  const dialogs = objectsOf(definition, 'dialogs').filter(({ _id }) => ids.has(String(_id)));
  const components = new Set(dialogs.flatMap((dialog) => componentsOf(definition, dialog)));
  const values = (items: Iterable<Json>, field: string): Set<unknown> =>
    new Set([...items].map((item) => item[field]).filter((value) => value !== undefined));
  const where = (section: string, keep: (item: Json) => boolean) => {
    const items = objectsOf(definition, section);
    return new Set(items.keys().filter((index) => keep(items[index] ?? {})));
  };
  const owners = [...components, ...objectsOf(definition, 'actions'), ...objectsOf(definition, 'alerts')];
  const refIds = values(dialogs, 'refId');
  const scenes = objectsOf(definition, 'scenes').filter(({ dialogRefId }) => refIds.has(dialogRefId));
  const [ownerIds, ownerRefIds, sceneIds] = [
    values(owners, '_id'),
    values(owners, 'refId'),
    values(scenes, '_id'),
  ];
  return new Map([
    ['dialogs', where('dialogs', (item) => dialogs.includes(item))],
    ['dialogComponents', where('dialogComponents', (item) => components.has(item))],
    ['patterns', where('patterns', ({ refId }) => ownerRefIds.has(refId))],
    ['sentences', where('sentences', ({ taskId }) => ownerIds.has(taskId))],
    ['scenes', where('scenes', (item) => scenes.includes(item))],
    ['sceneComponents', where('sceneComponents', ({ sceneId }) => sceneIds.has(sceneId))],
  ]);
}

/** What other than dialogs and forms starts dialogs, and in which fields it names them. */
export const others = {
  events: (definition: Json) => [
    // Deeper members called `task` say how to answer.
    ...Object.values(Object(definition.botEvents)).flatMap((event) => {
      const { task } = Object(event);
      return typeof task === 'string' ? [task] : [];
    }),
    ...textsOf(definition.botSentimentEvents, 'task'),
  ],
  questions: (definition: Json) => textsOf(definition.knowledgeTasks, 'dialogRefId'),
  flows: (definition: Json) => textsOf(definition.experienceFlows, 'dialogRefId'),
};

export interface Choice {
  dialogs: readonly string[];
  /** Undefined where all forms are in. */
  forms?: readonly string[] | undefined;
}

/** Dialogs that are stubs lead nowhere: then they are no holders. */
export type Holder = keyof typeof others | 'forms' | 'dialogs';

/**
 * What a choice needs, by id or, where there is none, by refId: what the chosen ones call or show, what those do, …,
 * and what the other holders in the export start. Looked for until a whole look finds nothing new.
 */
export function closure(
  definition: Json,
  { dialogs, forms }: Choice,
  holders: readonly Holder[],
): { dialogs: Set<string>; forms: Set<string> } {
  const speak = holders.includes('dialogs');
  const allDialogs = objectsOf(definition, 'dialogs');
  const allForms = holders.includes('forms') ? objectsOf(definition, 'forms') : [];
  const needed = {
    dialogs: new Set(dialogs),
    forms: new Set(forms ?? allForms.map(nameOf)),
  };
  const fixed = holders.flatMap((holder) =>
    holder in others ? others[holder as keyof typeof others](definition) : [],
  );
  for (;;) {
    const before = needed.dialogs.size + needed.forms.size;
    const dialogsIn = allDialogs.filter((dialog) => speak && needed.dialogs.has(nameOf(dialog)));
    const formsIn = allForms.filter((one) => needed.forms.has(nameOf(one)));
    add(needed.dialogs, allDialogs, [
      ...fixed,
      ...dialogsIn.flatMap((dialog) => callsOf(definition, dialog)),
      ...textsOf(formsIn, 'resourceId'),
    ]);
    add(
      needed.forms,
      allForms,
      dialogsIn.flatMap((dialog) => formsOf(definition, dialog)),
    );
    if (needed.dialogs.size + needed.forms.size === before) return needed;
  }
}

/** The dialogs some dialogs need, where botTask is chosen and all forms are in. */
export function dialogsNeeded(
  definition: Json,
  dialogs: readonly string[],
  holders: readonly Holder[],
): Set<string> {
  return closure(definition, { dialogs }, ['dialogs', ...holders]).dialogs;
}

/** Adds the items that are named, by id or refId. */
function add(needed: Set<string>, items: Json[], names: readonly string[]): void {
  const named = new Set<unknown>(names);
  for (const item of items) if (named.has(item._id) || named.has(item.refId)) needed.add(nameOf(item));
}

/** The one name a thing goes by here. */
export function nameOf({ _id, refId }: Json): string {
  return String(_id ?? refId);
}

/** What a dialog, or a component of it, names as a dialog to go to. */
function callsOf(definition: Json, dialog: Json): string[] {
  const parts = [dialog, ...componentsOf(definition, dialog)];
  return parts.flatMap((part) => [
    ...textsOf(part.nodes, 'flowTaskId'),
    ...textsOf(part.nodes, 'ref'),
    ...(Array.isArray(part.followUpIntents) ? (part.followUpIntents as string[]) : []),
  ]);
}

/** The forms a dialog shows. */
function formsOf(definition: Json, dialog: Json): string[] {
  const shown = componentsOf(definition, dialog).filter(({ type }) => type === 'form');
  return shown.flatMap(({ resourceId }) => (typeof resourceId === 'string' ? [resourceId] : []));
}
