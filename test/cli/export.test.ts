import { execFile, execFileSync, spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AppCredentials } from '../../src/auth/apps.ts';
import { membersOf, withoutRewritten } from '../support/archive.ts';
import { blocksOf, root, run as runIn } from '../support/pages.ts';
import { sampleBots } from '../support/samples.ts';
import {
  type Caller,
  callerOf,
  importedBot,
  type Json,
  publishBot,
  startServer,
  type TestServer,
} from '../support/server.ts';
import { botportInTerminal } from '../support/terminal.ts';
import { type DocumentedHost, startDocumentedHost } from '../transfer/documented-host.ts';
import { botport, type Outcome } from './run.ts';
import { launcher } from './serving.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'botport-export-'));
const bank = sampleBots().find(({ name }) => name.includes('bank'));

let server: TestServer;
let app: AppCredentials;
let admin: Caller;
let botId: string;
let unpublished: string;

beforeAll(async () => {
  server = await startServer();
  app = await server.createApp();
  admin = await callerOf(server, app);
  if (!bank) throw new Error('the sample bot is missing');
  botId = await importedBot(server, admin, bank);
  await publishBot(admin, botId);
  unpublished = await importedBot(server, admin, bank);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

let files = 0;
const newFile = () => path.join(folder, `${++files}.zip`);
const environment = () => ({
  BOTPORT_CLIENT_ID: app.clientId,
  BOTPORT_CLIENT_SECRET: app.clientSecret,
});
const run = (args: string[], variables: Record<string, string> = environment()) =>
  botport(['export', '--host', server.url, ...args], variables);

/** How many export requests the database has. */
function requests(): unknown {
  const db = new DatabaseSync(path.join(server.dataFolder, 'botport.sqlite'), { readOnly: true });
  try {
    return db.prepare('select count(*) as n from export_requests').get()?.n;
  } finally {
    db.close();
  }
}

const definitionIn = async (file: string) =>
  String((await membersOf(readFileSync(file))).get('botDefinition.json'));

describe('a good run', () => {
  test('leaves a sound archive of the bot and says how large it is', async () => {
    const file = newFile();
    const { code, stdout, stderr } = await run([botId, '--out', file]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`${file}: ${statSync(file).size} bytes\n`);
    execFileSync('unzip', ['-tqq', file]);
    expect(withoutRewritten(await definitionIn(file))).toBe(withoutRewritten(String(bank?.definition)));
  });

  test('writes to bot.zip where no file is named', async () => {
    const place = mkdtempSync(path.join(folder, 'here-'));
    await promisify(execFile)(process.execPath, [launcher, 'export', botId, '--host', server.url], {
      cwd: place,
      env: { ...process.env, ...environment() },
    });
    expect(existsSync(path.join(place, 'bot.zip'))).toBe(true);
  });

  test('takes single dialogs with what they depend on', async () => {
    const file = newFile();
    const { code } = await run([botId, '--out', file, '--dialog', 'Block Card', '--dependent']);
    expect(code).toBe(0);
    const { dialogs } = JSON.parse(await definitionIn(file)) as { dialogs: { lname: string }[] };
    const names = dialogs.map(({ lname }) => lname);
    expect(names).toContain('block card');
    expect(names.length).toBeGreaterThan(1);
    expect(names.length).toBeLessThan(32);
  });

  test('takes further members of the request as JSON', async () => {
    const file = newFile();
    const body = JSON.stringify({ exportOptions: { nlpData: ['utterances'] } });
    await run([botId, '--type', 'published', '--body', body, '--out', file]);
    expect(JSON.parse(await definitionIn(file))).toMatchObject({
      smallTalk: [],
      exportOptions: { nlpData: ['utterances'] },
    });
  });

  test('prints id, file and size as one line of JSON with --json', async () => {
    const file = newFile();
    const { stdout } = await run([botId, '--out', file, '--json']);
    expect(stdout.trimEnd()).not.toContain('\n');
    expect(JSON.parse(stdout)).toEqual({
      id: expect.stringMatching(/^ber-/),
      botId,
      file,
      size: statSync(file).size,
      sha256: hash('sha256', readFileSync(file)),
    });
  });
});

describe('--explain', () => {
  test('says what is in, what is left out, and why', async () => {
    const args = [botId, '--out', newFile(), '--dialog', 'Block Card', '--dependent', '--explain'];
    const { code, stdout } = await run(args);
    expect(code).toBe(0);
    const lines = stdout.split('\n');
    expect(lines).toContain('Sections');
    expect(lines).toContain('  dialogs "Block Card"');
    expect(lines).toContain(
      '  dialogs "Choose Account", needed by call of dialogs "Close Account", needed by question of knowledgeTasks "Harbour Bank"',
    );
    expect(lines).toContain('  dialogs "Personal Loan": not chosen');
    expect(stdout).toMatch(/^Tasks in the export \(\d+\)$/m);
    expect(stdout).toMatch(/^ {2}some items: .*dialogs \(\d+ of 32\)/m);
  });

  test('names the references that dangle', async () => {
    const { stdout } = await run([botId, '--out', newFile(), '--dialog', 'Block Card', '--explain']);
    expect(stdout).toMatch(/^References that dangle \([1-9]\d*\)$/m);
    expect(stdout).toContain('  dialogs "Block Card" -> dialog "Order Card" (call): left out');
  });

  test('adds the explanation of the API to --json', async () => {
    const { stdout } = await run([botId, '--out', newFile(), '--dialog', 'Welcome', '--explain', '--json']);
    const printed = JSON.parse(stdout) as Json;
    const { body } = await admin.get(`/api/v1/exports/${printed.id}`);
    const { sections, tasks, dangling } = body;
    expect(printed).toMatchObject({ sections, tasks, dangling });
  });
});

describe('--dry-run', () => {
  test('prints the same explanation and writes nothing, neither here nor there', async () => {
    const args = [botId, '--dialog', 'Block Card', '--dependent', '--json'];
    const exported = JSON.parse((await run([...args, '--explain', '--out', newFile()])).stdout) as Json;
    const before = requests();
    const file = newFile();
    const { code, stdout } = await run([...args, '--dry-run', '--out', file]);
    expect(code).toBe(0);
    const { sections, tasks, dangling } = JSON.parse(stdout) as Json;
    expect({ sections, tasks, dangling }).toEqual({
      sections: exported.sections,
      tasks: exported.tasks,
      dangling: exported.dangling,
    });
    expect(requests()).toBe(before);
    expect(existsSync(file)).toBe(false);
  });

  test('refuses what the export would refuse', async () => {
    const { code, stderr } = await run([unpublished, '--type', 'published', '--dry-run']);
    expect(code).toBe(4);
    expect(stderr).toContain('The bot has no published version');
  });
});

describe('the place of an export', () => {
  const filesIn = (place: string) => readdirSync(place).sort();

  test('is a folder with its files, which a second run leaves as they are', async () => {
    const place = path.join(folder, 'files');
    const first = await run([botId, '--folder', place]);
    expect(first).toEqual({
      code: 0,
      stdout: `${place}: 3 files written, 0 removed, 0 unchanged\n`,
      stderr: '',
    });
    expect(filesIn(place)).toEqual(['botDefinition.json', 'config.json', 'icon.png']);
    const again = await run([botId, '--folder', place]);
    expect(again.stdout).toBe(`${place}: 0 files written, 0 removed, 3 unchanged\n`);
  });

  test('is a folder as explode makes it, whatever came out of it before', async () => {
    const place = path.join(folder, 'exploded');
    await run([botId, '--exploded', place]);
    const all = filesIn(path.join(place, 'definition/dialogs')).length;
    const { code, stdout } = await run([botId, '--exploded', place, '--dialog', 'Welcome', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      botId,
      folder: place,
      files: { removed: expect.any(Number) },
    });
    expect(filesIn(path.join(place, 'definition/dialogs')).length).toBeLessThan(all);
  });
});

test('an earlier version and an earlier draft come out by their number', async () => {
  const file = newFile();
  expect(await run([botId, '--version', '1', '--out', file])).toMatchObject({ code: 0, stderr: '' });
  const version = await definitionIn(file);
  expect(await run([botId, '--draft', '1', '--out', file])).toMatchObject({ code: 0, stderr: '' });
  expect(withoutRewritten(version)).toBe(withoutRewritten(await definitionIn(file)));
  const { code, stderr } = await run([botId, '--version', '7', '--out', file]);
  expect({ code, stderr }).toEqual({
    code: 4,
    stderr: expect.stringContaining('no draft or version of this number'),
  });
});

test('--no-wait prints the id of the export, and nothing is downloaded', async () => {
  const file = newFile();
  const { code, stdout } = await run([botId, '--no-wait', '--out', file]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^ber-\S+\n$/) });
  expect(existsSync(file)).toBe(false);
});

describe('a botport.yaml', () => {
  test('says what is exported where no bot is named; options go before it', async () => {
    const place = mkdtempSync(path.join(folder, 'kept-'));
    const kept = path.join(place, 'botport.yaml');
    writeFileSync(
      kept,
      [
        `bot: ${botId}`,
        `host: ${server.url}`,
        'type: published',
        'exportOptions:',
        '  tasks: [botTask]',
        '  nlpData: [patterns]',
        'subTasks:',
        '  dialogs: [Welcome, Fallback]',
        'out: kept.zip',
      ].join('\n'),
    );
    const outcome = await botport(
      ['export', '--file', kept, '--nlp-data', 'utterances', '--dialog', 'Welcome'],
      environment(),
    );
    expect(outcome).toEqual({ code: 0, stdout: expect.stringContaining('kept.zip'), stderr: '' });
    const { dialogs, exportOptions } = JSON.parse(await definitionIn(path.join(place, 'kept.zip')));
    expect(dialogs).toHaveLength(1);
    expect(exportOptions).toMatchObject({ tasks: ['botTask'], nlpData: ['utterances'] });
  });

  test('is not read where a bot is named, and no bot at all is wrong use', async () => {
    const place = mkdtempSync(path.join(folder, 'other-'));
    writeFileSync(path.join(place, 'botport.yaml'), 'bott: Bank\n');
    const there = (args: string[]) =>
      runIn([process.execPath, launcher, 'export', ...args], place, environment());
    expect(await there([botId, '--host', server.url, '--no-wait'])).toMatchObject({ code: 0 });
    const { code, output } = await there([]);
    expect(code).toBe(2);
    expect(output).toContain('botport.yaml: unknown key "bott"; did you mean bot?');
  });
});

test('every example of docs/bot-file.md exports as it stands', async () => {
  const page = readFileSync(path.join(root, 'docs/bot-file.md'), 'utf8');
  const { clientId, clientSecret } = await server.createApp({ bots: [botId] });
  const place = mkdtempSync(path.join(folder, 'page-'));
  const files = blocksOf(page, 'yaml').map((text, index) => {
    const own = text.replace('http://127.0.0.1:8080', server.url);
    const name = index === 0 ? 'botport.yaml' : `${index}.yaml`;
    writeFileSync(path.join(place, name), own.includes('host:') ? own : `${own}host: ${server.url}\n`);
    return name;
  });
  const lines = [
    `botport() { '${process.execPath}' '${launcher}' "$@"; }`,
    ...blocksOf(page, 'sh'),
    ...files.slice(1).map((name) => `botport export --file ${name}`),
  ];
  const { code, output } = await runIn(['bash', '-euc', lines.join('\n')], place, {
    BOTPORT_CLIENT_ID: clientId,
    BOTPORT_CLIENT_SECRET: clientSecret,
  });
  expect(code, output).toBe(0);
  const made = ['bank', 'bank-files', 'block-card.zip', 'release.zip', ...files];
  expect(readdirSync(place).sort()).toEqual(made.sort());
});

test('a terminal shows how the download goes', async () => {
  const args = ['export', botId, '--host', server.url, '--out', newFile()];
  const { code, output } = await botportInTerminal(args, environment());
  expect(code).toBe(0);
  expect(output).toContain('downloading [');
});

describe('a host that has only the documented API', () => {
  let host: DocumentedHost;
  beforeAll(async () => {
    host = await startDocumentedHost(server);
  });
  afterAll(() => host.close());

  test('exports a bot by its name, chosen and exploded', async () => {
    const { clientId, clientSecret } = await server.createApp({ bots: [botId] });
    const place = path.join(folder, 'documented');
    const outcome = await run(
      ['Harbour Bank Assistant', '--host', host.url, '--dialog', 'Welcome', '--exploded', place],
      { BOTPORT_CLIENT_ID: clientId, BOTPORT_CLIENT_SECRET: clientSecret },
    );
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(path.join(place, 'botport.json'))).toBe(true);
  });

  test.each([
    ['--dry-run', 'a dry run'],
    ['--explain', 'an explanation of the export'],
    ['--version 1', 'an export of an earlier state'],
  ])('does not offer %s, which is said', async (option, what) => {
    const args = [botId, '--host', host.url, '--out', newFile(), ...option.split(' ')];
    const { code, stderr } = await run(args);
    expect(code).toBe(4);
    expect(stderr).toContain(`The host does not offer this: ${what}`);
  });
});

describe('what goes wrong is said in a line or two', () => {
  const readable = (code: number) => ({ code, stdout: '', stderr: expect.not.stringMatching(/^\s+at /m) });

  test('an unknown dialog, with the one most like it, and no request is made', async () => {
    const before = requests();
    const outcome = await run([botId, '--dialog', 'Blok Card', '--out', newFile()]);
    expect(outcome).toEqual(readable(4));
    expect(outcome.stderr.split('\n')[0]).toMatch(/^botport: The host refused the request: /);
    expect(outcome.stderr).toContain(
      '400 Unknown task: subTasks.dialogs: "Blok Card"; did you mean "Block Card"?',
    );
    expect(requests()).toBe(before);
  });

  test('an unknown bot', async () => {
    const outcome = await run(['st-00000000-0000-0000-0000-000000000000', '--out', newFile()]);
    expect(outcome).toEqual(readable(4));
    expect(outcome.stderr).toContain('400 Invalid StreamId');
  });

  test('a bot that was never published', async () => {
    const outcome = await run([unpublished, '--type', 'published', '--out', newFile()]);
    expect(outcome).toEqual(readable(4));
    expect(outcome.stderr).toContain('400 The bot has no published version');
  });

  test.each([
    ['BOTPORT_CLIENT_ID', 'the client id'],
    ['BOTPORT_CLIENT_SECRET', 'the client secret'],
  ])('an environment without %s', async (variable, what) => {
    const outcome = await run([botId, '--out', newFile()], { ...environment(), [variable]: '' });
    expect(outcome).toEqual(readable(2));
    expect(outcome.stderr).toContain(`${variable}: expected ${what}`);
  });

  test('a host nobody answers at', async () => {
    const outcome = await run(['--host', 'http://127.0.0.1:1', botId, '--out', newFile()]);
    expect(outcome).toEqual(readable(5));
    expect(outcome.stderr).toMatch(/The host cannot be reached: .*http:\/\/127\.0\.0\.1:1/);
  });

  test('a folder for the archive that is not there', async () => {
    const outcome = await run([botId, '--out', path.join(folder, 'none', 'bot.zip')]);
    expect(outcome).toEqual(readable(3));
    expect(outcome.stderr).toMatch(/^botport: ENOENT: /);
  });
});

describe('a host that', () => {
  const reply = { _id: 'ber-1', status: 'success', fileSize: '3' };
  /** A host that answers the status as told, and sends three bytes and no more of a download. */
  async function exportFrom(status: Json): Promise<Outcome & { file: string }> {
    const host = createServer((request, response) => {
      if (request.url?.startsWith('/file')) {
        response.writeHead(200, { 'content-length': 1000 });
        response.write('PK!', () => response.destroy());
      } else {
        const downloadURL = `http://${request.headers.host}/file`;
        response.end(
          JSON.stringify({ ...reply, ...(request.method === 'GET' ? { downloadURL, ...status } : {}) }),
        );
      }
    });
    await once(host.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
    const file = newFile();
    try {
      return { ...(await run(['st-1', '--host', url, '--out', file])), file };
    } finally {
      host.close();
    }
  }

  test('sends only a part of the archive is told apart from a good one', async () => {
    const { code, stdout, stderr, file } = await exportFrom({});
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('The download broke off');
    expect(readdirSync(folder).filter((name) => name.startsWith(path.basename(file)))).toEqual([]);
  });

  test('answers about the export of somebody else is not believed', async () => {
    const { code, stdout, stderr, file } = await exportFrom({ _id: 'ber-2' });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('ber-2 instead of ber-1 is the newest export of the bot');
    expect(existsSync(file)).toBe(false);
  });

  test('answers with a link that is none is refused, naming the field', async () => {
    const { code, stderr } = await exportFrom({ downloadURL: '/file' });
    expect(code).toBe(3);
    expect(stderr).toContain('GET /api/public/bot/st-1/export/status: downloadURL:');
  });
});

test('an export that is interrupted leaves nothing behind, and what was there as it was', async () => {
  const place = mkdtempSync(path.join(folder, 'interrupted-'));
  const scratch = mkdtempSync(path.join(folder, 'scratch-'));
  const asked = new EventEmitter();
  const host = createServer((request, response) => {
    if (request.method === 'GET') asked.emit('status');
    response.end('{"_id":"ber-1","status":"pending"}');
  });
  await once(host.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
  const args = [launcher, 'export', 'st-1', '--host', url, '--exploded', place];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...environment(), TMPDIR: scratch },
    stdio: 'ignore',
  });
  await once(asked, 'status');
  child.kill('SIGINT');
  const [code] = await once(child, 'close');
  host.close();
  expect(code).toBe(3);
  expect([readdirSync(place), readdirSync(scratch)]).toEqual([[], []]);
});

test.each([
  ['no bot', []],
  ['a body that is no JSON', ['st-1', '--body', '{']],
  ['a body in a file that is not there', ['st-1', '--body', '@none.json']],
  ['two places', ['st-1', '--out', 'a.zip', '--exploded', 'a']],
  ['an unknown option', ['st-1', '--to', 'x']],
])('%s is wrong use and ends with 2', async (_what, args) => {
  expect(await run(args)).toMatchObject({ code: 2, stdout: '' });
});
