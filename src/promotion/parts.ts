import { z } from 'zod';
import type { ImportChoice } from '../client/imports.ts';
import type { LocalBot } from '../local/local-bot.ts';

const tasks = z.record(z.string(), z.array(z.string()));

/** What archives record of the request they answer. */
const recorded = z.looseObject({ exportOptions: z.looseObject({ subTasks: tasks.optional() }).optional() });

const chosen = z.looseObject({
  exportOptions: z.looseObject({ options: z.looseObject({}).optional() }).optional(),
  subTasks: tasks.optional(),
  customDashboards: z.boolean().optional(),
});

/** Members of an export request; none of them means everything. */
export type Choice = Readonly<Record<string, unknown>>;

/** What is meant where single tasks alone are chosen: them, and the words that lead to them. */
export function completeChoice(choice: Choice): Choice {
  const { exportOptions } = chosen.parse(choice);
  if (!hasSingleTasks(choice) || Object.values(exportOptions ?? {}).some(isList)) return choice;
  return {
    ...choice,
    exportOptions: { ...exportOptions, tasks: ['botTask'], nlpData: ['utterances', 'patterns'] },
  };
}

function isList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

/** Whether single tasks are chosen. */
export function hasSingleTasks(choice: Choice): boolean {
  return Object.values(chosen.parse(choice).subTasks ?? {}).some((list) => list.length > 0);
}

/** The same choice with all tasks of the kinds that are chosen. */
export function withAllTasks({
  subTasks,
  IncludeDependentTasks,
  IncludeFormDependentTasks,
  ...rest
}: Choice): Choice {
  return rest;
}

/**
 * What an import takes: just what an export of these parts holds. Of whole lists, as the utterances, the target then has
 * what the source has; tasks that only the target has stay there.
 *
 * @param bot the bot as an export of these parts has it
 */
export function importChoice(choice: Choice, { definition }: LocalBot): ImportChoice {
  const { exportOptions, subTasks, customDashboards } = chosen.parse(choice);
  const { options, ...lists } = exportOptions ?? {};
  if (!Object.values(lists).some(isList)) return {};
  return {
    importOptions: {
      ...lists,
      ...(customDashboards && { customDashboard: true }),
      options: { ...options, utterances: { replace: true }, patterns: { replace: true } },
    },
    // Those that came along as others need them are named by the archive alone.
    ...(hasSingleTasks(choice) && { subTasks: { ...subTasks, ...recordedTasks(definition.content) } }),
  };
}

function recordedTasks(definition: Buffer): Record<string, string[]> | undefined {
  return recorded.parse(JSON.parse(String(definition))).exportOptions?.subTasks;
}
