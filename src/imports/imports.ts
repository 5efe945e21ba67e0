import { mostScripts } from '../archives/members.ts';
import type { Caller } from '../auth/caller.ts';
import { draftOf } from '../bots/drafts.ts';
import { refuseWhileImporting } from '../bots/running-import.ts';
import { readImportOptions } from '../definition/import-options.ts';
import { BotportError } from '../errors.ts';
import { parseFailure, type RequestFailure } from '../failure.ts';
import { isHexId, newId, newUuid } from '../ids.ts';
import { follow, type Standing } from '../jobs/follow.ts';
import type { Jobs } from '../jobs/interfaces.ts';
import { progressOf } from '../jobs/progress.ts';
import { lookAgain } from '../snapshots/gone.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';
import type { Db, Tx } from '../storage/database.ts';
import type { ImportRequestTable } from '../storage/schema.ts';
import type { ImportLimits } from './bot-files.ts';
import { nameIn } from './bot-name.ts';
import { type StoredImport, uploadsOf } from './import-job.ts';
import { isPlanFor, type Plan, planDigest } from './plan.ts';
import type { Staging } from './staging.ts';
import { acceptedLog, parseLogs, type StatusLog } from './status-logs.ts';
import type { Upload, Uploads } from './uploads.ts';

/** What says which files are imported. */
export interface ImportBody {
  /** `ZIP`: `zipInfo` is read; `JSON`: the single files. Left out, `zipInfo` decides. */
  uploadMode?: 'JSON' | 'ZIP' | undefined;
  zipInfo?: string | undefined;
  botDefinition?: string | undefined;
  configInfo?: string | undefined;
  icon?: string | undefined;
  botFunctions?: string[] | undefined;
  name?: string | undefined;
  purpose?: 'customer' | 'employee' | undefined;
}

/** The body of `POST /api/public/bot/{botId}/import`. */
export interface ImportIntoBody extends ImportBody {
  /** The parts to import; left out: everything. */
  importOptions?: Record<string, unknown> | undefined;
  /** Single tasks, by kind. */
  subTasks?: Record<string, string[]> | undefined;
  /** Digest of the plan that is applied (own API only): the import is refused where it would do anything else. */
  plan?: string | undefined;
}

export interface ImportRecord {
  id: string;
  /** The new bot, once it is there. */
  botId: string | null;
  streamRefId: string;
  status: 'pending' | 'success' | 'failed';
  logs: StatusLog[];
  failure: RequestFailure | null;
  createdBy: string;
  /** Epoch milliseconds. */
  createdAt: number;
}

export interface Imports {
  /**
   * Takes the import of a new bot on; it is durable when this returns. What is in the files is judged later: a file
   * that is no bot makes the request fail. With `keepId` the bot gets the id in the file, if it is free (own API
   * only); else a new one.
   *
   * Throws `invalid_arguments` and `invalid_file_id`.
   */
  request(caller: Caller, body: ImportBody, options: { keepId: boolean }): Promise<ImportRecord>;
  /**
   * Takes on an import into a bot: of everything, or of the parts that are chosen. Its draft becomes another one at once,
   * or not at all; the one before stays in the bot's history. Else as `request`.
   *
   * Throws also `nothing_selected`, `unknown_option`, `import_running`, `plan_outdated`.
   */
  requestInto(caller: Caller, botId: string, body: ImportIntoBody): Promise<ImportRecord>;
  /**
   * What `requestInto` would do. Changes nothing. Throws what that throws, and what the import would fail with.
   */
  plan(caller: Caller, botId: string, body: ImportIntoBody, signal: AbortSignal): Promise<Plan>;
  /** How an import stands. Throws `invalid_request_id`. */
  get(caller: Caller, id: string): Promise<Standing<ImportRecord>>;
  /** How an import stands now, at each progress, and when it has ended, until `signal`. Throws `invalid_request_id`. */
  follow(caller: Caller, id: string, signal: AbortSignal): AsyncGenerator<Standing<ImportRecord>>;
}

export interface ImportsDeps {
  db: Db;
  jobs: Jobs;
  uploads: Uploads;
  staging: Staging;
  snapshots: Snapshots;
  limits: ImportLimits;
}

export function openImports({ db, jobs, uploads, staging, snapshots, limits }: ImportsDeps): Imports {
  async function upload(caller: Caller, field: string, id: string | undefined): Promise<Upload> {
    if (id === undefined) throw new BotportError('invalid_arguments', `${field}: expected a file id`);
    const found = isHexId(id) ? await uploads.find(caller.accountId, id) : undefined;
    if (!found) throw new BotportError('invalid_file_id', field);
    return found;
  }

  async function source(
    caller: Caller,
    body: ImportBody,
    { needsIcon }: { needsIcon: boolean },
  ): Promise<StoredImport['source']> {
    const mode = body.uploadMode ?? (body.zipInfo === undefined ? 'JSON' : 'ZIP');
    if (mode === 'ZIP') return { mode, zip: await upload(caller, 'zipInfo', body.zipInfo) };
    const { botFunctions = [] } = body;
    if (botFunctions.length > mostScripts) {
      throw new BotportError('invalid_arguments', `botFunctions: expected at most ${mostScripts} file ids`);
    }
    const scripts: Upload[] = [];
    for (const id of botFunctions) scripts.push(await upload(caller, 'botFunctions', id));
    return {
      mode,
      definition: await upload(caller, 'botDefinition', body.botDefinition),
      config: await upload(caller, 'configInfo', body.configInfo),
      icon: needsIcon || body.icon !== undefined ? await upload(caller, 'icon', body.icon) : undefined,
      scripts,
    };
  }

  async function standing(caller: Caller, id: string): Promise<Standing<ImportRecord>> {
    // Looked at first: a run that ends meanwhile has its last word in the row.
    const running = jobs.progress.of(id);
    const row = await db
      .selectFrom('import_requests')
      .selectAll()
      .where('id', '=', id)
      .where('account_id', '=', caller.accountId)
      .executeTakeFirst();
    if (!row) throw new BotportError('invalid_request_id');
    return { record: toRecord(row), progress: progressOf(row, running) };
  }

  async function take(
    caller: Caller,
    body: ImportBody,
    target: string | null,
    wish: Pick<StoredImport, 'keepId' | 'choice' | 'plan'>,
  ): Promise<ImportRecord> {
    const stored: StoredImport = {
      ...wish,
      source: await source(caller, body, { needsIcon: target === null }),
      name: body.name,
      purpose: body.purpose,
    };
    const row: ImportRequestTable = {
      id: newId('bir'),
      account_id: caller.accountId,
      bot_id: null,
      target,
      stream_ref_id: newUuid(),
      status: 'pending',
      body: JSON.stringify(stored),
      logs: JSON.stringify([acceptedLog(body.name ?? (await nameIn(uploads, stored.source, limits)))]),
      failure: null,
      client_id: caller.clientId,
      created_by: caller.userId,
      created_at: Date.now(),
      finished_at: null,
      done_bytes: null,
      done_items: null,
    };
    const added = await db.transaction().execute(async (tx) => {
      await refuseRemoved(tx, uploadsOf(row.body));
      if (target !== null) await refuseChange(tx, target, wish.plan);
      await tx.insertInto('import_requests').values(row).execute();
      return jobs.add(tx, 'import', row.id);
    });
    jobs.wake(added);
    return toRecord(row);
  }

  return {
    request: (caller, body, { keepId }) => take(caller, body, null, { keepId }),

    async requestInto(caller, botId, body) {
      return take(caller, body, botId, { keepId: false, choice: choiceIn(body), plan: body.plan });
    },

    async plan(caller, botId, body, signal) {
      const choice = choiceIn(body);
      const files = await source(caller, body, { needsIcon: false });
      return lookAgain(async () => {
        const draft = await draftOf(db, botId);
        return snapshots.useState(draft, (bot) =>
          staging.use(
            { type: 'into', source: files, bot, choice, plan: true },
            signal,
            async ({ snapshot, changes }) => {
              if (!changes) throw new Error('a plan was not made');
              const digest = planDigest(botId, draft, snapshot.digest);
              return { digest, changes: snapshot.digest !== draft, ...changes };
            },
          ),
        );
      });
    },

    get: standing,

    follow: (caller, id, signal) =>
      follow({ requestId: id, board: jobs.progress, read: () => standing(caller, id), signal }),
  };
}

/** What is chosen, checked: what the import would fail with is said at once. */
function choiceIn({ importOptions, subTasks }: ImportIntoBody): StoredImport['choice'] {
  if (importOptions === undefined) return undefined;
  const choice = { importOptions, ...(subTasks && { subTasks }) };
  readImportOptions(choice);
  return choice;
}

/** Throws `import_running`, `plan_outdated`. */
async function refuseChange(tx: Tx, botId: string, plan: string | undefined): Promise<void> {
  await refuseWhileImporting(tx, botId);
  if (plan === undefined) return;
  if (!isPlanFor(plan, botId, await draftOf(tx, botId))) throw new BotportError('plan_outdated', plan);
}

/** From the transaction on that adds the request its uploads stay; before, they may have been removed for their age. */
async function refuseRemoved(tx: Tx, ids: string[]): Promise<void> {
  const rows = await tx
    .selectFrom('uploads')
    .select('id')
    .where('id', 'in', ids)
    .where('complete', '=', 1)
    .execute();
  const there = new Set(rows.map(({ id }) => id));
  const gone = ids.find((id) => !there.has(id));
  if (gone !== undefined) throw new BotportError('invalid_file_id', `${gone} was removed`);
}

function toRecord(row: ImportRequestTable): ImportRecord {
  return {
    id: row.id,
    botId: row.bot_id,
    streamRefId: row.stream_ref_id,
    status: row.status,
    logs: parseLogs(row.logs),
    failure: parseFailure(row.failure),
    createdBy: row.created_by,
    createdAt: row.created_at,
  };
}
