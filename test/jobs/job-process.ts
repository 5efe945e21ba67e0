/** A process that runs jobs on a data folder, to be killed: `hang` never ends a job, `work` ends all and exits. */
import { kindOf, openWithOutcomes, runner } from './support.ts';

const [folder, mode] = process.argv.slice(2);
if (folder === undefined) throw new Error('which folder?');
const db = await openWithOutcomes(folder);
const jobs = runner(db, {
  export: kindOf((requestId) => {
    console.log(`running ${requestId}`);
    return mode === 'hang' ? new Promise(() => {}) : undefined;
  }, 2),
});
await jobs.start();
if (mode === 'hang') setInterval(() => {}, 1_000);
else {
  for (const { request_id } of await db.selectFrom('jobs').select('request_id').execute()) {
    await jobs.settled(request_id, 30_000);
  }
  // Without `process.exit`: nothing of a stopped runner may keep the process alive.
  void jobs.settled('ber-none', 3_600_000);
  await jobs.stop(30_000);
  await db.destroy();
}
