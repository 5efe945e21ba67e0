import { BotportError } from '../errors.ts';
import { isObject } from './item.ts';
import { type Options, readOptions } from './options.ts';

/** What an import into an existing bot asks for: chosen parts. */
export interface ImportOptions {
  /** The components and tasks that are chosen, as an export of the file would choose them. */
  chosen: Options;
  /** What becomes of utterances, and of patterns, that the bot has: the file's are added, or take their place. */
  utterances: 'append' | 'replace';
  patterns: 'append' | 'replace';
  /** Environment and content variables that stay as they are. */
  ignoredVariables: ReadonlySet<string>;
  customDashboards: boolean;
  /** Story boards of the tasks; `null`: as the tasks that are chosen. */
  scenes: { comments: boolean } | null;
}

/** Families of the platform whose data is in no definition: taken, and without effect. */
const withoutEffect = ['qualityAI'];

/** Members of `importOptions` beside the lists of components. */
const dashboards = ['customDashboard', 'customDashboards'];

/**
 * Reads `importOptions`; `undefined` for a full import. `subTasks` may stand in it or beside it. Real clients send
 * `append` and `replace` together: `replace` wins then (docs/compatibility.md).
 *
 * @throws `nothing_selected`, `unknown_option`
 */
export function readImportOptions(body: {
  importOptions?: Readonly<Record<string, unknown>> | undefined;
  subTasks?: Readonly<Record<string, readonly string[]>> | undefined;
}): ImportOptions | undefined {
  const { importOptions } = body;
  if (importOptions === undefined) return undefined;
  const components = Object.fromEntries(
    Object.entries(importOptions).filter(
      ([name]) => ![...withoutEffect, ...dashboards, 'storyBoardScenes', 'options'].includes(name),
    ),
  );
  const { options } = importOptions;
  const { utterances, patterns, ...variables } = isObject(options) ? options : {};
  const customDashboards = dashboards.some((name) => importOptions[name] === true);
  const scenes = isObject(importOptions.storyBoardScenes)
    ? { comments: importOptions.storyBoardScenes.includeComments === true }
    : null;
  const isChosen = Object.values(components).some((list) => Array.isArray(list) && list.length > 0);
  const chosen = isChosen
    ? readOptions({
        exportType: 'latest',
        exportOptions: { ...components, options: variables },
        subTasks: body.subTasks,
      })
    : undefined;
  if (!chosen && !customDashboards && !scenes) throw new BotportError('nothing_selected');
  return {
    chosen: chosen ?? nothing,
    utterances: isReplace(utterances) ? 'replace' : 'append',
    patterns: isReplace(patterns) ? 'replace' : 'append',
    ignoredVariables: chosen?.variables.ignore ?? new Set(),
    customDashboards,
    scenes,
  };
}

function isReplace(value: unknown): boolean {
  return isObject(value) && value.replace === true;
}

/** No component at all: only what stands beside the lists. */
const nothing: Options = {
  exportType: 'latest',
  named: true,
  lists: [],
  has: () => false,
  hasAny: () => false,
  subTasks: {},
  recorded: false,
  dependent: false,
  dependentForms: false,
  withoutDashboards: true,
  variables: { ignore: new Set(), environment: false, content: false },
};
