import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { verifyStore } from '../../src/snapshots/verify.ts';
import { openDatabase } from '../../src/storage/database.ts';
import { temporaryFolders } from '../storage/support.ts';
import { stateIn, stateOf } from '../support/history.ts';
import {
  type Caller,
  callerOf,
  createApp,
  exportBot,
  importedBot,
  untilEnded,
  upload,
} from '../support/server.ts';
import { startServing } from '../support/serving-process.ts';

/*
 * A server is killed at a random moment of an import into a bot, again and again: of a whole file and of chosen parts
 * in turn. When it is there again, the bot is wholly what it was or wholly what the file is, and the import says which.
 */

const kills = 50;
const newFolder = temporaryFolders();

async function takeOn(server: { url: string }, admin: Caller, bot: string, n: number): Promise<string> {
  const body = {
    botDefinition: await upload(server, admin.token, stateOf(n).definition, 'botDefinition.json'),
    configInfo: await upload(server, admin.token, '{"name":"A bot","envVariables":[]}', 'config.json'),
    // Both kinds give the same bot: the parts are all that differs between two states.
    ...(n % 2 === 0
      ? {}
      : {
          importOptions: {
            tasks: ['botTask'],
            nlpData: ['utterances'],
            options: { utterances: { replace: true } },
          },
        }),
  };
  const { status, body: reply } = await admin.post(`/api/public/bot/${bot}/import`, body);
  if (status !== 200) throw new Error(JSON.stringify(reply));
  return reply._id as string;
}

test(
  `an import killed ${kills} times leaves the bot wholly before or wholly after, and says which`,
  async () => {
    const dataFolder = newFolder();
    const app = await createApp(dataFolder);
    let serving = await startServing(dataFolder);
    let admin = await callerOf(serving, app);
    const bot = await importedBot(serving, admin, stateOf(0));
    let state = 0;
    let drafts = 1;
    const endings = { applied: 0, 'taken up after the kill': 0 };
    for (let round = 1; round <= kills; round += 1) {
      const id = await takeOn(serving, admin, bot, round);
      await sleep(Math.random() * 120);
      serving.child.kill('SIGKILL');
      if (serving.child.signalCode === null) await once(serving.child, 'exit');
      const left = await lookAt(dataFolder, bot, id);
      expect(left.faults).toEqual([]);
      endings[left.status === 'pending' ? 'taken up after the kill' : 'applied'] += 1;

      serving = await startServing(dataFolder);
      admin = await callerOf(serving, app);
      // What the disk held while no server ran was wholly one of the two, too.
      expect(left.drafts).toBe(left.status === 'success' ? drafts + 1 : drafts);
      const ended = await untilEnded(admin, `/api/public/bot/import/status/${id}`);
      if (ended.status === 'success') [state, drafts] = [round, drafts + 1];
      else expect(ended.errors).toMatchObject([{ type: 'import_interrupted' }]);
      expect(await stateIn((await exportBot(admin, bot)).archive)).toBe(state);
    }
    serving.child.kill('SIGTERM');
    await once(serving.child, 'exit');
    console.log(endings);
  },
  10 * 60_000,
);

/** The store as the kill left it: its faults, how many drafts the bot has, and how the import stands. */
async function lookAt(
  dataFolder: string,
  bot: string,
  id: string,
): Promise<{ faults: string[]; drafts: number; status: string }> {
  const db = await openDatabase(dataFolder);
  try {
    const { faults } = await verifyStore(db);
    const drafts = await db.selectFrom('drafts').select('number').where('bot_id', '=', bot).execute();
    const { status } = await db
      .selectFrom('import_requests')
      .select('status')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    return { faults, drafts: drafts.length, status };
  } finally {
    await db.destroy();
  }
}
