import type { TaskChoice } from './choose-tasks.ts';
import type { SubTaskKind } from './options.ts';
import type { Outline } from './outline.ts';
import type { References } from './references.ts';

/**
 * The items of a section that are in, where the choice of tasks restricts it: the tasks themselves, and what belongs
 * to the dialogs that are in. Undefined where it does not.
 */
export function membersOf(
  references: References,
  choice: TaskChoice,
): (section: string) => ReadonlySet<number> | undefined {
  const dialogs = choice.kept.get('dialogs');
  const kept = (kind: SubTaskKind) =>
    references.items(kind).filter(({ index }) => choice.kept.get(kind)?.has(index) ?? true);
  const keptDialogs = kept('dialogs');
  const parts = new Set(
    dialogs
      ? keptDialogs.flatMap((dialog) => references.partsOf(dialog))
      : [...keptDialogs, ...references.items('dialogComponents')],
  );
  /** What patterns and sentences belong to. */
  const spoken = [...parts, ...kept('actions'), ...kept('alerts'), ...kept('experienceFlows')];
  const restrictsSpoken = (['dialogs', 'actions', 'alerts', 'experienceFlows'] as const).some((kind) =>
    choice.kept.has(kind),
  );

  const ids = (items: Iterable<Outline>) => new Set([...items].flatMap(({ id }) => id ?? []));
  const refIds = (items: Iterable<Outline>) => new Set([...items].flatMap(({ refId }) => refId ?? []));
  const where = (section: string, keep: (item: Outline) => boolean) =>
    new Set(
      references
        .items(section)
        .filter(keep)
        .map(({ index }) => index),
    );
  const belonging = (section: string, owners: ReadonlySet<string>) =>
    where(section, ({ belongsTo }) => belongsTo !== undefined && owners.has(belongsTo));

  return (section) => {
    const chosen = choice.kept.get(section as SubTaskKind);
    if (chosen) return new Set(chosen.keys());
    switch (section) {
      case 'dialogComponents':
        return dialogs && where(section, (component) => parts.has(component));
      case 'patterns': {
        if (!restrictsSpoken) return undefined;
        const owners = refIds(spoken);
        return where(section, ({ refId }) => refId !== undefined && owners.has(refId));
      }
      case 'sentences':
        return restrictsSpoken ? belonging(section, ids(spoken)) : undefined;
      case 'scenes':
        return dialogs && belonging(section, refIds(keptDialogs));
      case 'sceneComponents': {
        if (!dialogs) return undefined;
        const scenes = belonging('scenes', refIds(keptDialogs));
        return belonging(section, ids(references.items('scenes').filter(({ index }) => scenes.has(index))));
      }
      default:
        return undefined;
    }
  };
}

/** Says of a dialog's id or refId whether the dialog is left out of the export. */
export function leftOut(
  references: References,
  kept: ReadonlyMap<number, unknown>,
): (name: string) => boolean {
  const namesWhere = (isIn: boolean) =>
    new Set(
      references
        .items('dialogs')
        .filter(({ index }) => kept.has(index) === isIn)
        .flatMap(({ id, refId }) => [id, refId]),
    );
  const [out, there] = [namesWhere(false), namesWhere(true)];
  return (name) => out.has(name) && !there.has(name);
}
