import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packMembers } from '../../src/exploded/pack.ts';
import { compareLocal } from '../../src/local/compare.ts';
import { readLocalBot } from '../../src/local/read-bot.ts';
import { takeSnapshot } from '../../src/local/snapshot.ts';
import { limits, scratchFolder, smallBot } from '../support/bot-files.ts';
import { referencePairs } from '../support/reference.ts';
import { sampleBots } from '../support/samples.ts';
import {
  type Caller,
  callerOf,
  type Json,
  smallDefinition,
  startServer,
  type TestServer,
  upload,
} from '../support/server.ts';

/*
 * Two bots on disk differ in what a server says they differ in, word for word.
 */

const folder = scratchFolder();
let server: TestServer;
let admin: Caller;
beforeAll(async () => {
  server = await startServer();
  admin = await callerOf(server, await server.createApp());
});
afterAll(() => server.close());

interface Files {
  definition: Buffer;
  config: Buffer;
}

type Kind = 'archive' | 'definition';

async function serverDifference(from: Buffer, to: Buffer, limit: number): Promise<Json> {
  const ids = [await upload(server, admin.token, from, 'a'), await upload(server, admin.token, to, 'b')];
  const query = `from=file:${ids[0]}&to=file:${ids[1]}&limit=${limit}`;
  const { from: _from, to: _to, ...difference } = (await admin.get(`/api/v1/diff?${query}`)).body;
  return difference;
}

async function localDifference(from: Buffer, to: Buffer, limit: number): Promise<unknown> {
  const take = async (bytes: Buffer, name: string) => {
    writeFileSync(path.join(folder, name), bytes);
    return takeSnapshot(await readLocalBot(path.join(folder, name), limits), limits);
  };
  const difference = await compareLocal(await take(from, 'from'), await take(to, 'to'), limit);
  return JSON.parse(JSON.stringify(difference));
}

async function bytesOf({ definition, config }: Files, kind: Kind): Promise<Buffer> {
  if (kind === 'definition') return definition;
  return packMembers(smallBot({ 'botDefinition.json': definition, 'config.json': config }));
}

async function expectSame(from: Files, to: Files, kinds: [Kind, Kind], limit = 500): Promise<void> {
  const [before, after] = [await bytesOf(from, kinds[0]), await bytesOf(to, kinds[1])];
  expect(await localDifference(before, after, limit)).toEqual(await serverDifference(before, after, limit));
}

const [bank, tiny] = sampleBots().sort((one, other) => other.definition.length - one.definition.length);

describe('the samples', () => {
  test('against each other, and against themselves', async () => {
    if (!bank || !tiny) throw new Error('the samples are missing');
    await expectSame(bank, tiny, ['archive', 'archive']);
    await expectSame(tiny, bank, ['definition', 'archive']);
    await expectSame(bank, bank, ['archive', 'definition']);
  });

  test('with so many items as are asked for', async () => {
    if (!bank || !tiny) throw new Error('the samples are missing');
    await expectSame(bank, tiny, ['archive', 'archive'], 7);
  });
});

describe('a real bot and a part of it', () => {
  test.each(referencePairs())('$name', async ({ source, expected }) => {
    await expectSame(source, expected, ['archive', 'archive']);
  });
});

test('a real bot from one day to the next', async ({ skip }) => {
  const sources = referencePairs().map(({ source }) => source);
  skip(sources.length === 0, 'needs the reference bots');
  for (const [index, source] of sources.entries()) {
    const next = sources[index + 1];
    if (next) await expectSame(source, next, ['archive', 'definition']);
  }
}, 120_000);

test('an icon that is not there is the one an import gives', async () => {
  const withoutIcon = smallBot().filter(({ name }) => name !== 'icon.png');
  const [bare, whole] = [await packMembers(withoutIcon), await packMembers(smallBot())];
  const local = await localDifference(bare, whole, 500);
  expect(local).toEqual(await serverDifference(bare, whole, 500));
  expect(local).toMatchObject({ counts: { added: 0, changed: 1 } });
});

test('variables are compared, and what may be secret is not shown', async () => {
  const config = (value: string) => ({
    name: 'A bot',
    envVariables: [{ key: 'API_TOKEN', value, propagateValue: true, isSecured: true }],
  });
  const zip = (value: string) =>
    packMembers(smallBot({ 'botDefinition.json': smallDefinition(), 'config.json': config(value) }));
  const [before, after] = [await zip('hush-one'), await zip('hush-two')];
  const local = await localDifference(before, after, 500);
  expect(local).toEqual(await serverDifference(before, after, 500));
  expect(local).toMatchObject({ same: false });
  expect(JSON.stringify(local)).not.toContain('hush');
});
