import { z } from 'zod';
import type { ImportOptions } from '../definition/import-options.ts';
import { type Manifest, sectionCount } from '../snapshots/manifest.ts';

/** One step of an import. */
const statusLog = z.object({
  taskType: z.string(),
  taskName: z.string(),
  status: z.enum(['success', 'failed']),
});
export type StatusLog = z.infer<typeof statusLog>;

export function parseLogs(column: string): StatusLog[] {
  return z.array(statusLog).parse(JSON.parse(column));
}

/** The first entry, there from the moment the request is accepted: clients read the bot's name from it. */
export function acceptedLog(botName: string): StatusLog {
  return { taskType: 'importRequest', taskName: botName, status: 'success' };
}

/**
 * What an import took in, one entry a component the bot has, in the order and with the words of the platform
 * (`Utterences` is its spelling). Tasks have an entry each, with their names. Of an import of chosen parts, only those.
 */
export function componentLogs(botName: string, manifest: Manifest, chosen?: ImportOptions): StatusLog[] {
  const has = (family: string, value?: string) =>
    !chosen || (value ? chosen.chosen.has(family, value) : chosen.chosen.hasAny(family));
  const done = (taskType: string, taskName = taskType): StatusLog => ({
    taskType,
    taskName,
    status: 'success',
  });
  const ifAny = (taskType: string, ...sections: string[]) =>
    sections.some((key) => sectionCount(manifest, key) > 0) ? [done(taskType)] : [];
  const tasks = (taskType: string, section: string) =>
    (manifest.tasks[section] ?? []).map(({ name }) => done(taskType, name));
  const scripts = manifest.files.filter(({ name }) => name.endsWith('.js'));
  const when = (isChosen: boolean, logs: StatusLog[]) => (isChosen ? logs : []);
  return [
    done('Bot Definition', botName),
    ...when(has('tasks') || has('settings'), [
      ...ifAny('IdpConfigurations', 'idpConfigurations'),
      ...ifAny('CustomTemplates', 'customTemplates'),
    ]),
    ...when(has('tasks'), [
      ...scripts.map(({ name }) => done('BotFunctions', name)),
      ...tasks('Widget', 'widgets'),
      ...tasks('Dialog', 'dialogs'),
      ...tasks('Action', 'actions'),
      ...tasks('Alert', 'alerts'),
      ...tasks('Form', 'forms'),
    ]),
    ...when(has('nlpData', 'nlpSettings'), ifAny('Event', 'botEvents')),
    ...when(has('tasks', 'knowledgeGraph'), tasks('KnowledgeTasks', 'knowledgeTasks')),
    ...when(has('nlpData', 'utterances'), ifAny('Utterences', 'sentences')),
    ...when(has('nlpData', 'patterns'), ifAny('Patterns', 'patterns')),
    ...when(has('nlpData', 'standardResponses'), ifAny('Standard Responses', 'koraResponses')),
    ...when(has('settings', 'botVariables'), [done('BotVariables')]),
    ...when(has('tasks', 'smallTalk'), ifAny('SmallTalk', 'smallTalk')),
    done('importBot', botName),
  ];
}

/** The last entries of an import that failed: nothing of the bot was taken in. */
export function failedLogs(botName: string): StatusLog[] {
  return [
    { taskType: 'Bot Definition', taskName: botName, status: 'failed' },
    { taskType: 'importBot', taskName: botName, status: 'failed' },
  ];
}
