import { describe, expect, test } from 'vitest';
import { type Caller, covers } from '../../src/auth/caller.ts';
import { requireBotOfApp, requireScope } from '../../src/auth/permissions.ts';
import { botA, botB, failureOf } from './support.ts';

function caller(changes: Partial<Caller>): Caller {
  return {
    clientId: 'cs-1',
    accountId: '0123456789abcdef01234567',
    kind: 'admin',
    bots: null,
    scopes: new Set(['bot_definition:bot_export']),
    userId: 'u-1',
    ...changes,
  };
}
const builder = caller({ kind: 'builder', bots: new Set([botA]) });
const limitedAdmin = caller({ bots: new Set([botA]) });

describe('requireBotOfApp', () => {
  test('lets a builder app reach its own bot', () => {
    expect(() => requireBotOfApp(builder, botA)).not.toThrow();
  });

  test('answers a builder app on another or unknown bot with invalid_credentials', async () => {
    expect(await failureOf(() => requireBotOfApp(builder, botB))).toMatchObject({
      type: 'invalid_credentials',
    });
  });

  test('leaves the bots of an admin app to be judged later', () => {
    expect(() => requireBotOfApp(limitedAdmin, botB)).not.toThrow();
  });
});

describe('covers', () => {
  test('an app without a list covers every bot', () => expect(covers(caller({}), botB)).toBe(true));
  test('an app with a list covers what is on it', () => {
    expect([botA, botB].map((bot) => covers(limitedAdmin, bot))).toEqual([true, false]);
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
