/*
 * Imports a bot, publishes it and exports it again, with fetch and FormData.
 *
 * Takes SERVER, CLIENT_ID, CLIENT_SECRET, BOT (a folder), NAME and OUT (a folder) from the environment; writes the
 * archive there under the name the link gives it, and prints the id of the new bot.
 */
import { createHmac } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const { SERVER, CLIENT_ID, CLIENT_SECRET, BOT, NAME, OUT } = process.env;

function makeToken() {
  const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const claims = { appId: CLIENT_ID, iat: Math.floor(Date.now() / 1000) };
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', CLIENT_SECRET).update(signed).digest('base64url')}`;
}

const headers = { Auth: makeToken(), 'Content-Type': 'application/json' };

async function call(method, target, body) {
  const response = await fetch(SERVER + target, { method, headers, body: body && JSON.stringify(body) });
  const reply = await response.json();
  if (reply.errors) throw new Error(reply.errors[0].msg);
  return reply;
}

async function upload(fileName) {
  const form = new FormData();
  form.append('file', new Blob([readFileSync(path.join(BOT, fileName))]), fileName);
  form.append('fileContext', 'bulkImport');
  form.append('fileExtension', path.extname(fileName).slice(1));
  const request = { method: 'POST', headers: { Auth: headers.Auth }, body: form };
  const { fileId } = await (await fetch(`${SERVER}/api/public/uploadfile`, request)).json();
  return fileId;
}

/** Asks a few times until the status is another than the one that means waiting. */
async function settled(target, waiting) {
  for (let round = 0; round < 10; round += 1) {
    const reply = await call('GET', target);
    if (reply.status !== waiting) return reply;
    await sleep(1000);
  }
  throw new Error(`${target} takes too long`);
}

const started = await call('POST', '/api/public/bot/import', {
  botDefinition: await upload('botDefinition.json'),
  configInfo: await upload('config.json'),
  icon: await upload('icon.png'),
  botFunctions: [await upload('bot_functions.js')],
  name: NAME,
});
const imported = await settled(`/api/public/bot/import/status/${started._id}`, 'pending');
const bot = imported.streamId;

const versionComment = `Deployed on ${new Date().toLocaleString()}`;
await call('POST', `/api/public/bot/${bot}/publish`, { versionComment, initiateTraining: true });
const published = await settled(`/api/1.1/public/bot/${bot}/publish/status/`, 'inprogress');
if (published.status !== 'successful') throw new Error(`not published: ${published.status}`);

await call('POST', `/api/public/bot/${bot}/export`, {
  exportType: 'published',
  exportOptions: {
    settings: ['botSettings', 'botVariables', 'ivrSettings', 'genAIandLLMSettings'],
    tasks: ['botTask', 'knowledgeGraph', 'smallTalk', 'forms'],
    nlpData: [
      'nlpSettings',
      'utterances',
      'patterns',
      'traits',
      'rules',
      'concepts',
      'synonyms',
      'standardResponses',
    ],
    AgentAssist: ['rules', 'playbooks', 'widgetSettings', 'layoutSettings'],
  },
  subTasks: { dialogs: [], alerts: [], actions: [] },
  allTasks: true,
  customDashboards: true,
  IncludeDependentTasks: true,
});
const exported = await settled(`/api/public/bot/${bot}/export/status`, 'pending');
const link = new URL(exported.downloadURL);
const archive = await (await fetch(link)).arrayBuffer();
writeFileSync(path.join(OUT, link.searchParams.get('clientfilename')), Buffer.from(archive));
console.log(bot);
