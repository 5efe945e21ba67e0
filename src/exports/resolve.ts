import { chooseTasks, type TaskChoice } from '../definition/choose-tasks.ts';
import type { Options } from '../definition/options.ts';
import type { References } from '../definition/references.ts';
import { selectItems } from '../definition/select-items.ts';
import {
  needsOutline,
  type Selection,
  type SelectionFacts,
  selectSections,
  takesPart,
} from '../definition/selection.ts';
import type { Manifest } from '../snapshots/manifest.ts';

/** A request resolved against a snapshot. */
export interface Resolved {
  selection: Selection;
  /** What was chosen one by one; undefined where every task is in. */
  choice: TaskChoice | undefined;
}

/**
 * Resolves a request. The references of the snapshot are asked for only where single items have to be chosen.
 *
 * @throws `unknown_task`
 */
export async function resolve(
  options: Options,
  manifest: Manifest,
  references: () => Promise<References>,
): Promise<Resolved> {
  const facts = factsOf(manifest);
  if (!needsOutline(options, facts)) return { selection: selectSections(options, facts), choice: undefined };
  const known = await references();
  const choice = chooseTasks(known, {
    subTasks: options.subTasks,
    recorded: options.recorded,
    dependent: options.dependent,
    exportType: options.exportType,
    has: (section) => takesPart(section, options, facts),
  });
  return { selection: selectItems(options, facts, known, choice), choice };
}

export function factsOf({ profile, tasks, sections }: Manifest): SelectionFacts {
  const states = Object.values(tasks).flatMap((list) => list.flatMap(({ state }) => state ?? []));
  const { content } = sections.find(({ key }) => key === 'defaultDialogId') ?? {};
  const id: unknown = content?.form === 'text' ? JSON.parse(content.text) : undefined;
  return {
    type: profile.type,
    states: [...new Set(states)],
    defaultDialogId: typeof id === 'string' ? id : undefined,
  };
}
