import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, ClientError, createClient } from '../../src/client/index.ts';
import { canonicalUrl } from '../../src/http/urls.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

async function first(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _item of items) return;
}

/** Every call there is: a member that is missing here does not compile, and one too many neither. */
const calls: { [K in keyof Client]: { [C in keyof Client[K]]: (client: Client) => Promise<unknown> } } = {
  bots: {
    list: (it) => it.bots.list(),
    all: (it) => first(it.bots.all()),
    idOf: (it) => it.bots.idOf('a name'),
    drafts: (it) => it.bots.drafts('ID'),
    rollBack: (it) => it.bots.rollBack('ID', { draft: 1 }),
    linkedApps: (it) => it.bots.linkedApps('ID'),
  },
  files: { upload: (it) => it.files.upload('a.zip', new Uint8Array()) },
  imports: {
    start: async (it) => {
      const error = await it.imports.start({}).catch((thrown) => thrown);
      await it.imports.start({}, { keepId: true });
      throw error;
    },
    startInto: (it) => it.imports.startInto('ID', {}),
    plan: (it) => it.imports.plan('ID', {}),
    apply: (it) => it.imports.apply('ID', { plan: 'x' }),
    status: (it) => it.imports.status('ID'),
    wait: (it) => it.imports.wait('ID'),
    get: (it) => it.imports.get('ID'),
    functions: (it) => it.imports.functions('ID', []),
  },
  exports: {
    start: (it) => it.exports.start('ID', { exportType: 'latest' }),
    status: (it) => it.exports.status('ID'),
    wait: (it) => it.exports.wait('ID'),
    startOf: (it) => it.exports.startOf('ID', { exportType: 'latest' }),
    get: (it) => it.exports.get('ID'),
    waitFor: (it) => it.exports.waitFor('ID'),
    explain: (it) => it.exports.explain('ID'),
    plan: (it) => it.exports.plan('ID', { exportType: 'latest' }),
  },
  downloads: {
    open: (it) => it.downloads.open('http://host/api/getMediaStream/market/ID?s=1'),
    toFile: (it) =>
      it.downloads.toFile({
        file: path.join(tmpdir(), 'botport-never'),
        from: 'http://host/api/getMediaStream/market/ID',
      }),
  },
  publishing: {
    start: (it) => it.publishing.start('ID', 'x'),
    status: (it) => it.publishing.status('ID'),
    wait: (it) => it.publishing.wait('ID'),
    get: (it) => it.publishing.get('ID'),
  },
  versions: {
    list: (it) => it.versions.list('ID'),
    all: (it) => first(it.versions.all('ID')),
    update: (it) => it.versions.update('ID', 7, { pinned: true }),
    delete: (it) => it.versions.delete('ID', 7),
  },
  variables: {
    export: (it) => it.variables.export('ID'),
    import: (it) => it.variables.import('ID', []),
  },
  diffs: {
    get: (it) => it.diffs.get('draft:a', 'draft:b'),
    text: (it) => it.diffs.text('draft:a', 'draft:b'),
  },
  utterances: {
    start: (it) => it.utterances.start('ID'),
    status: (it) => it.utterances.status('ID'),
    wait: (it) => it.utterances.wait('ID'),
  },
  changeLogs: {
    list: (it) => it.changeLogs.list('ID'),
    all: (it) => first(it.changeLogs.all('ID')),
  },
  events: {
    of: async (it) => {
      await first(it.events.of('export', 'ID')).catch(() => undefined);
      await first(it.events.of('import', 'ID')).catch(() => undefined);
      await first(it.events.of('publish', 'ID'));
    },
  },
  webhooks: {
    make: (it) => it.webhooks.make({ url: 'http://a', events: ['export.failed'] }),
    list: (it) => it.webhooks.list(),
    get: (it) => it.webhooks.get('ID'),
    delete: (it) => it.webhooks.delete('ID'),
    test: (it) => it.webhooks.test('ID'),
    deliveries: (it) => it.webhooks.deliveries('ID'),
  },
  host: {
    health: (it) => it.host.health(),
    document: (it) => it.host.document(),
  },
};

test('the calls of the client are the endpoints of the server, all of them and no other', async () => {
  const asked = new Set<string>();
  const client = createClient({
    host: 'http://host',
    token: 't',
    fetch: async (input, init) => {
      const { pathname } = new URL(String(input));
      asked.add(`${init?.method ?? 'GET'} ${canonicalUrl(pathname)}`);
      // Every other path is tried, too.
      return new Response('', { status: 404 });
    },
  });
  const all = Object.values(calls).flatMap((group) => Object.values(group));
  expect(all.length).toBeGreaterThan(50);
  for (const call of all) await expect(call(client)).rejects.toBeInstanceOf(ClientError);

  const reply = await fetch(`${server.url}/openapi.json`);
  const { paths } = (await reply.json()) as { paths: Record<string, Record<string, unknown>> };
  const offered = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map(
      (method) => `${method.toUpperCase()} ${path.replace('{number}', '7').replace(/\{\w+\}/g, 'ID')}`,
    ),
  );
  // The document shows one word of the two these paths may have.
  const either = offered.flatMap((one) => [one, one.replace('/builder/bot/', '/builder/stream/')]);
  expect([...asked].sort()).toEqual([...new Set(either)].sort());
});
