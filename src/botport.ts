import { type Apps, openApps } from './auth/apps.ts';
import { type Bots, openBots } from './bots/bots.ts';
import { openDraftEditor } from './bots/edit-draft.ts';
import type { Config } from './config.ts';
import { type Diffs, openDiffs } from './diffs/diffs.ts';
import { exportJob } from './exports/export-job.ts';
import { type Exports, openExports } from './exports/exports.ts';
import { createLinkSigner } from './exports/links.ts';
import { MadeArchives } from './exports/made-archives.ts';
import { collectJob } from './housekeeping/collect-job.ts';
import { openHousekeeping } from './housekeeping/housekeeping.ts';
import { type Functions, openFunctions } from './imports/functions.ts';
import { importJob } from './imports/import-job.ts';
import { type Imports, openImports } from './imports/imports.ts';
import { createIngestThread } from './imports/ingest-thread.ts';
import { openStaging } from './imports/staging.ts';
import { openUploads, type Uploads } from './imports/uploads.ts';
import type { JobLogger } from './jobs/interfaces.ts';
import { createJobs } from './jobs/runner.ts';
import { publishJob } from './publishing/publish-job.ts';
import { openPublishing, type Publishing } from './publishing/publishing.ts';
import { abandonAllIngests } from './snapshots/ingests.ts';
import { openSnapshots } from './snapshots/snapshots.ts';
import { databaseFile, openDatabase } from './storage/database.ts';
import { lockDataFolder } from './storage/lock.ts';
import { openSecretBox } from './storage/secret-box.ts';
import { segmentsInDatabase } from './storage/segment-store.ts';
import { mlExportJob } from './utterances/ml-export-job.ts';
import { openUtterances, type Utterances } from './utterances/utterances.ts';
import { openVariables, type Variables } from './variables/variables.ts';
import { createAnnounce } from './webhooks/announce.ts';
import { createDispatcher } from './webhooks/dispatcher.ts';
import { createSend } from './webhooks/send.ts';
import { openWebhooks, type Webhooks } from './webhooks/webhooks.ts';

/** Everything the HTTP layer calls: one member per folder of use cases. */
export interface Botport {
  readonly config: Config;
  readonly apps: Apps;
  readonly bots: Bots;
  readonly uploads: Uploads;
  readonly imports: Imports;
  readonly exports: Exports;
  readonly publishing: Publishing;
  readonly webhooks: Webhooks;
  readonly diffs: Diffs;
  readonly functions: Functions;
  readonly variables: Variables;
  readonly utterances: Utterances;
  /** Lets running jobs finish, for `graceMs` milliseconds at most, then closes the store. */
  close(graceMs: number): Promise<void>;
}

/**
 * Opens the embedded system on a data folder: takes the folder for this process, takes up what an earlier one left
 * unfinished, and starts working.
 *
 * @throws `data_folder_in_use`, `data_folder_newer`, `data_key_mismatch`
 */
export async function openBotport(config: Config, logger: JobLogger): Promise<Botport> {
  const lock = lockDataFolder(config.dataFolder);
  try {
    return await openLocked(config, logger, () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function openLocked(config: Config, logger: JobLogger, release: () => void): Promise<Botport> {
  const db = await openDatabase(config.dataFolder);
  try {
    const secretBox = openSecretBox(config.dataFolder);
    const apps = openApps(db, secretBox);
    await apps.checkKey();
    const segments = segmentsInDatabase(db);
    const snapshots = openSnapshots(db, segments);
    const uploads = openUploads(db, config);
    const bots = openBots(db, snapshots, segments);
    const made = new MadeArchives();
    const ingestThread = createIngestThread();
    const staging = openStaging({
      db,
      segments,
      ingestThread,
      databaseFile: databaseFile(config.dataFolder),
      limits: config,
    });
    const send = createSend({ allowPrivate: config.webhookPrivate });
    const dispatcher = createDispatcher({ db, secretBox, send, logger });
    const announce = createAnnounce(dispatcher.wake);
    const drafts = openDraftEditor({ db, snapshots, staging });
    const jobs = createJobs(
      db,
      {
        import: importJob({
          db,
          snapshots,
          segments,
          ingestThread,
          databaseFile: databaseFile(config.dataFolder),
          limits: config,
          announce,
        }),
        publish: publishJob(db, snapshots, announce),
        export: exportJob(db, { snapshots, segments }, made, announce),
        utterances: mlExportJob({ db, snapshots, segments }),
        collect: collectJob(db, snapshots, config),
      },
      { logger, soleServer: true },
    );
    const links = createLinkSigner(secretBox.deriveKey('download links'), config.linkTtlSeconds);
    const removed = await uploads.removeBroken();
    if (removed > 0) logger.info({ removed }, 'removed the remains of broken uploads');
    await abandonAllIngests(db);
    await jobs.start();
    dispatcher.start();
    const housekeeping = openHousekeeping(db, jobs, logger);
    housekeeping.start(config.collectEvery);
    return {
      config,
      apps,
      bots,
      uploads,
      imports: openImports({ db, jobs, uploads, staging, snapshots, limits: config }),
      exports: openExports({ db, jobs, snapshots, segments, links, made, announce }),
      publishing: openPublishing({ db, jobs, snapshots }),
      webhooks: openWebhooks({
        db,
        bots,
        secretBox,
        allowPrivate: config.webhookPrivate,
        wake: dispatcher.wake,
      }),
      diffs: openDiffs({ db, bots, snapshots, segments, uploads, staging }),
      functions: openFunctions(uploads, drafts),
      variables: openVariables({ db, snapshots, segments, drafts }),
      utterances: openUtterances({ db, jobs, links }),
      async close(graceMs) {
        housekeeping.stop();
        await Promise.all([jobs.stop(graceMs), dispatcher.stop(graceMs)]);
        await ingestThread.close();
        await db.destroy();
        release();
      },
    };
  } catch (error) {
    await db.destroy();
    throw error;
  }
}
