import { type Options, readOptions } from '../definition/options.ts';
import type { Target } from '../definition/outline.ts';
import { References } from '../definition/references.ts';
import { sectionOf } from '../definition/sections.ts';
import { type Selection, selectSections } from '../definition/selection.ts';
import { BotportError } from '../errors.ts';
import { type Dangling, findDangling, type Named } from '../exports/explain.ts';
import { factsOf } from '../exports/resolve.ts';
import type { LocalSnapshot } from '../local/snapshot.ts';
import { parseOutline } from '../snapshots/outline.ts';
import { type Finding, finding } from './finding.ts';

/**
 * References that lead nowhere. Where the export was made without what they refer to, which its `exportOptions` say, that
 * was somebody's choice: a note. Else the bot lacks it, or single tasks were chosen: a warning.
 */
export async function danglingReferences(
  name: string,
  { manifest, outline, segments, definitionOnly }: LocalSnapshot,
  exportOptions: unknown,
): Promise<Finding[]> {
  const references = new References(await parseOutline(segments, outline));
  const facts = factsOf(manifest);
  const all = selectSections(readOptions({ exportType: 'latest' }), facts);
  const chosen = echoedOptions(exportOptions);
  const selection = chosen && selectSections(chosen, facts);
  return findDangling(references, all).flatMap((dangling) => {
    const { what } = dangling.to;
    if (definitionOnly && what === 'environment variable') return [];
    const by = selection && leftOutBy(dangling, selection);
    const place = `${name}, ${titleOf(dangling.from)}`;
    const words = `${dangling.kind} -> ${what} ${JSON.stringify(dangling.to.name ?? dangling.to.value)}`;
    return by === undefined
      ? [finding('warning', place, `${words} leads nowhere`)]
      : [finding('note', place, `${words} leads nowhere: the export was made without ${by}`)];
  });
}

/** The options an export says it was made with; undefined where it says nothing that is known. */
function echoedOptions(exportOptions: unknown): Options | undefined {
  if (typeof exportOptions !== 'object' || exportOptions === null || Array.isArray(exportOptions)) {
    return undefined;
  }
  try {
    return readOptions({
      exportType: 'latest',
      exportOptions: exportOptions as Readonly<Record<string, unknown>>,
    });
  } catch (error) {
    if (error instanceof BotportError) return undefined;
    throw error;
  }
}

const sections: Readonly<Record<Exclude<Target, 'environment variable'>, string>> = {
  dialog: 'dialogs',
  component: 'dialogComponents',
  form: 'forms',
  profile: 'idpConfigurations',
  'name space': 'namespaces',
  'content variable': 'contentVariables',
};

/** The component that was not chosen, and would have brought the target along. */
function leftOutBy({ to }: Dangling, selection: Selection): string | undefined {
  if (to.what === 'environment variable') {
    const isLeftOut = selection.variable !== null && !selection.variable(to.value);
    return isLeftOut ? 'variables (settings.botVariables)' : undefined;
  }
  const section = sections[to.what as keyof typeof sections];
  const { as } = selection.take(section);
  const { owner } = sectionOf(section);
  if (as !== 'absent' && as !== 'text') return undefined;
  return owner.by === 'component' ? `${section} (${owner.family}.${owner.value})` : section;
}

function titleOf({ section, name, refId, id }: Named): string {
  const known = name ?? refId ?? id;
  return known === null ? section : `${section} ${JSON.stringify(known)}`;
}
