import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { membersOf } from '../support/archive.ts';
import { type ReferenceBot, referenceBots, referencePairs } from '../support/reference.ts';
import { sampleBots } from '../support/samples.ts';
import {
  type Caller,
  callerOf,
  exportBot,
  importedBot,
  type Json,
  publishBot,
  startServer,
  type TestServer,
} from '../support/server.ts';

/*
 * Exports of chosen parts, through the API, against what the platform made of the same bots.
 */

let server: TestServer;
let admin: Caller;

beforeAll(async () => {
  server = await startServer();
  admin = await callerOf(server, await server.createApp());
});
afterAll(() => server.close());

/** The text without the hash and the ids of the tasks in its echo, which no export can know from another. */
function comparable(text: string): string {
  return text
    .replace(/^( {4}"_id": ).*/m, '$1')
    .replace(/^( {4}"encryptedHash": ).*/m, '$1')
    .replace(/^( {8}"subTasks": )\{[\s\S]*?^ {8}\}/m, '$1');
}

async function exported(botId: string, request: Json): Promise<{ definition: string; config: string }> {
  const { archive } = await exportBot(admin, botId, request);
  const members = await membersOf(archive);
  expect([...members.keys()]).toEqual(['botDefinition.json', 'config.json', 'icon.png']);
  return {
    definition: String(members.get('botDefinition.json')),
    config: String(members.get('config.json')),
  };
}

describe('a real export of a part', () => {
  test.each(referencePairs())('$name comes out byte for byte', async ({ source, request, expected }) => {
    const botId = await importedBot(server, admin, source);
    await publishBot(admin, botId);
    const { definition, config } = await exported(botId, request);
    expect(comparable(definition)).toBe(comparable(expected.definition.toString()));
    expect(config).toBe(expected.config.toString());
  });
});

/** Every real export at hand, whole or of a part. */
function realExports(): ReferenceBot[] {
  const parts = referencePairs().map(({ name, expected }) => ({ name: `${name}, the part`, ...expected }));
  return [...sampleBots(), ...referenceBots(), ...parts];
}

describe('a real export, run again with the options it records', () => {
  test.each(realExports())('$name comes out unchanged', async ({ definition, config }) => {
    const botId = await importedBot(server, admin, { definition, config });
    const recorded = JSON.parse(definition.toString()).exportOptions as Json;
    const { subTasks, IncludeDependentTasks, IncludeFormDependentTasks, ...exportOptions } = recorded;
    const flags = { IncludeDependentTasks, IncludeFormDependentTasks };
    const again = await exported(botId, { exportType: 'latest', exportOptions, ...flags });
    expect(unrecorded(again.definition)).toBe(unrecorded(definition.toString()));
    expect(again.config).toBe(config.toString());
  });

  test.each(realExports())(
    '$name comes out unchanged with its record as it stands',
    async ({ definition, config }) => {
      const botId = await importedBot(server, admin, { definition, config });
      const exportOptions = JSON.parse(definition.toString()).exportOptions as Json;
      const again = await exported(botId, { exportType: 'latest', exportOptions });
      expect(unrecorded(again.definition)).toBe(unrecorded(definition.toString()));
    },
  );
});

/** The text without the ids of tasks, of which older versions record fewer kinds. */
function unrecorded(text: string): string {
  return comparable(text)
    .replace(/^ {8}"subTasks": ,?\n/m, '')
    .replace(/^ {8}"IncludeFormDependentTasks".*\n/m, '');
}
