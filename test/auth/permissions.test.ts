import { describe, expect, test } from 'vitest';
import type { Caller } from '../../src/auth/caller.ts';
import { requireBotOfApp, requireScope } from '../../src/auth/permissions.ts';
import { botA, botB, failureOf } from './support.ts';

function caller(changes: Partial<Caller>): Caller {
  return {
    clientId: 'cs-1',
    accountId: '0123456789abcdef01234567',
    kind: 'admin',
    limited: false,
    scopes: new Set(['bot_definition:bot_export']),
    userId: 'u-1',
    ...changes,
  };
}
const builder = caller({ kind: 'builder', limited: true });
const limitedAdmin = caller({ limited: true });
const apps = { covers: async ({ limited }: Caller, bot: string) => !limited || bot === botA };

describe('requireBotOfApp', () => {
  test('lets a builder app reach its own bot', async () => {
    await requireBotOfApp(apps, builder, botA);
  });

  test('answers a builder app on another or unknown bot with invalid_credentials', async () => {
    expect(await failureOf(() => requireBotOfApp(apps, builder, botB))).toMatchObject({
      type: 'invalid_credentials',
    });
  });

  test('leaves the bots of an admin app to be judged later', async () => {
    await requireBotOfApp(apps, limitedAdmin, botB);
  });
});

describe('requireScope', () => {
  test('lets an app with the scope pass', () => {
    expect(() => requireScope(builder, 'bot_definition:bot_export')).not.toThrow();
  });

  test('names the missing scope as the admin console prints it', async () => {
    expect(await failureOf(() => requireScope(caller({}), 'bot_publish:publish_request'))).toEqual({
      type: 'scope_missing',
      detail: 'the app lacks the scope "Bot Publish > Publish"',
    });
  });

  test('names the missing scope as the app builder prints it', async () => {
    expect(await failureOf(() => requireScope(builder, 'bot_variables:export'))).toEqual({
      type: 'scope_missing',
      detail: 'the app lacks the scope "Export Variables"',
    });
  });

  test('tells a builder app that it takes an admin app', async () => {
    expect(await failureOf(() => requireScope(builder, 'bot_definition:bot_import'))).toEqual({
      type: 'scope_missing',
      detail: 'only an admin app can hold the scope "Bot Definition > Bot Import"',
    });
  });
});
