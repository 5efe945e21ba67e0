import { z } from 'zod';
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
 * (`Utterences` is its spelling). Tasks have an entry each, with their names.
 */
export function componentLogs(botName: string, manifest: Manifest): StatusLog[] {
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
  return [
    done('Bot Definition', botName),
    ...ifAny('IdpConfigurations', 'idpConfigurations'),
    ...ifAny('CustomTemplates', 'customTemplates'),
    ...scripts.map(({ name }) => done('BotFunctions', name)),
    ...tasks('Widget', 'widgets'),
    ...tasks('Dialog', 'dialogs'),
    ...tasks('Action', 'actions'),
    ...tasks('Alert', 'alerts'),
    ...tasks('Form', 'forms'),
    ...ifAny('Event', 'botEvents'),
    ...tasks('KnowledgeTasks', 'knowledgeTasks'),
    ...ifAny('Utterences', 'sentences'),
    ...ifAny('Patterns', 'patterns'),
    ...ifAny('Standard Responses', 'koraResponses'),
    done('BotVariables'),
    ...ifAny('SmallTalk', 'smallTalk'),
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
