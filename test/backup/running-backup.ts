import { openGit } from '../../src/backup/places.ts';
import { runBackup, wantedBots } from '../../src/backup/run-backup.ts';
import { createClient } from '../../src/client/client.ts';
import { appTokens } from '../../src/client/token.ts';

/* A backup as a process of its own, to be killed: running-backup.ts HOST FOLDER */

const [host = '', root = ''] = process.argv.slice(2);
const { TEST_CLIENT_ID: clientId = '', TEST_CLIENT_SECRET: clientSecret = '', ...env } = process.env;
const client = createClient({ host, token: appTokens({ clientId, clientSecret }) });
console.log('beginning');
const bots = await wantedBots(client, []);
const place = await openGit(root, {
  host,
  form: 'exploded',
  redacted: false,
  maxUnpacked: 1024 ** 3,
  author: undefined,
  push: false,
  env,
});
await runBackup({ client, place, copies: ['latest', 'published'], bots, prune: false });
place.close();
