import { memberNames } from '../archives/members.ts';
import type { Client } from '../client/client.ts';
import { ClientError } from '../client/errors.ts';
import type { ImportChoice, ImportFiles } from '../client/imports.ts';
import type { ImportPlan, ImportReply } from '../client/replies.ts';
import type { CallOptions } from '../client/transport.ts';
import type { WaitOptions } from '../client/wait.ts';
import type { BotMember } from '../definition/layout.ts';
import { botportOnly } from './botport-only.ts';

/** Where a bot goes: it becomes a new one, or comes into one that is there. */
export type ImportTarget = { name?: string | undefined; keepId?: boolean | undefined } | IntoBot;

/** An import into a bot; with the digest of a plan, exactly what the plan says (a Botport host only). */
export interface IntoBot extends ImportChoice {
  into: string;
  plan?: string | undefined;
}

export type SendOptions = Pick<WaitOptions<ImportReply>, 'signal' | 'timeout' | 'onStatus'>;

/** Uploads an archive, whole and as it is. */
export async function uploadArchive(
  client: Client,
  archive: Blob | Uint8Array<ArrayBuffer>,
  options: CallOptions = {},
): Promise<ImportFiles> {
  return { zipInfo: await client.files.upload('bot.zip', archive, options) };
}

/** Uploads the files of a bot one by one: for hosts that take no archives. */
export async function uploadMembers(
  client: Client,
  members: readonly BotMember[],
  options: CallOptions = {},
): Promise<ImportFiles> {
  const files: ImportFiles = {};
  const botFunctions: string[] = [];
  for (const { name, content } of members) {
    const id = await client.files.upload(name, new Uint8Array(content), options);
    if (memberNames.definition.test(name)) files.botDefinition = id;
    else if (memberNames.config.test(name)) files.configInfo = id;
    else if (memberNames.icon.test(name)) files.icon = id;
    else botFunctions.push(id);
  }
  return botFunctions.length === 0 ? files : { ...files, botFunctions };
}

/** What an import of these uploads into a bot would do; nothing is done (a Botport host only). */
export function planImport(
  client: Client,
  files: ImportFiles,
  { into, importOptions, subTasks }: IntoBot,
  options: CallOptions = {},
): Promise<ImportPlan> {
  const plan = client.imports.plan(into, { ...files, importOptions, subTasks }, options);
  return botportOnly('a plan of an import', plan);
}

/**
 * Imports what was uploaded, and waits for the end.
 *
 * @throws `ClientError`; `not_successful` names the steps that failed, where the host tells of them
 */
export async function sendImport(
  client: Client,
  files: ImportFiles,
  target: ImportTarget,
  { signal, timeout, onStatus }: SendOptions = {},
): Promise<ImportReply & { streamId: string }> {
  const { _id } = await startImport(client, files, target, { signal });
  let last: ImportReply | undefined;
  try {
    return await client.imports.wait(_id, {
      signal,
      timeout,
      onStatus(reply) {
        last = reply;
        onStatus?.(reply);
      },
    });
  } catch (error) {
    throw withSteps(error, last);
  }
}

function startImport(
  client: Client,
  files: ImportFiles,
  target: ImportTarget,
  options: CallOptions,
): Promise<ImportReply> {
  if (!('into' in target)) {
    const { name, keepId = false } = target;
    const body = { ...files, ...(name === undefined ? {} : { name }) };
    const started = client.imports.start(body, { keepId, ...options });
    return keepId ? botportOnly('an import that keeps the id', started) : started;
  }
  const { into, plan, importOptions, subTasks } = target;
  const body = { ...files, importOptions, subTasks };
  return plan === undefined
    ? client.imports.startInto(into, body, options)
    : client.imports.apply(into, { ...body, plan }, options);
}

/** The steps of an import that the host says have failed. */
export function failedSteps({ statusLogs }: ImportReply): string[] {
  return statusLogs
    .filter(({ status }) => status !== 'success' && status !== 'pending')
    .map(({ taskType, taskName, status }) => `${taskType} ${JSON.stringify(taskName)}: ${status}`);
}

/** The same failure, and at which steps it came about. */
function withSteps(error: unknown, last: ImportReply | undefined): unknown {
  const steps = last ? failedSteps(last) : [];
  if (!(error instanceof ClientError) || error.type !== 'not_successful' || steps.length === 0) return error;
  const { detail, hostType } = error;
  return new ClientError('not_successful', [detail, ...steps].join('\n  '), { hostType, cause: error });
}
