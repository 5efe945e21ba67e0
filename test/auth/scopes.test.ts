import { describe, expect, test } from 'vitest';
import { isScope, parseScope, printedScope, scopesOf } from '../../src/auth/scopes.ts';
import { failureOf } from './support.ts';

describe('parseScope', () => {
  test.each([
    ['bot_definition:bot_export', 'bot_definition:bot_export'],
    ['Bot Definition > Bot Export', 'bot_definition:bot_export'],
    ['bot definition>bot export', 'bot_definition:bot_export'],
    ['  BOT  DEFINITION   >BOT EXPORT ', 'bot_definition:bot_export'],
    ['BOT_DEFINITION:BOT_EXPORT', 'bot_definition:bot_export'],
    ['Bot Export', 'bot_definition:bot_export'],
    ['Bot Definition > Bot Import', 'bot_definition:bot_import'],
    ['Bot Publish > Publish', 'bot_publish:publish_request'],
    ['Bot Publish > Publish Status', 'bot_publish:publish_status'],
    ['Publish Status', 'bot_publish:publish_status'],
    ['Profile Management > Role Management', 'role_management:role_management'],
    ['Test > Utterances Export', 'test_and_train:ml_export'],
    ['Test and Train > Utterances Export', 'test_and_train:ml_export'],
    ['Logs > Bot Audit Logs', 'logs:change_logs'],
    ['Get linked bot details', 'universal_bot:linked_apps'],
  ])('takes %j for an admin app', (text, scope) => {
    expect(parseScope(text, 'admin')).toBe(scope);
  });

  test.each([
    ['Bot Export', 'bot_definition:bot_export'],
    ['Bot Definition > Bot Export', 'bot_definition:bot_export'],
    ['Export Variables', 'bot_variables:export'],
    ['import variables', 'bot_variables:import'],
    ['Utterances Export', 'test_and_train:ml_export'],
    ['Logs History', 'logs:change_logs'],
  ])('takes %j for a builder app', (text, scope) => {
    expect(parseScope(text, 'builder')).toBe(scope);
  });

  test('reads back every name it prints', () => {
    for (const kind of ['admin', 'builder'] as const) {
      for (const scope of scopesOf(kind)) {
        expect(parseScope(printedScope(scope, kind), kind)).toBe(scope);
        expect(parseScope(scope, kind)).toBe(scope);
      }
    }
  });

  test.each([
    ['Bot Exprot', 'admin', 'did you mean "Bot Definition > Bot Export"?'],
    ['bot_definition:bot_improt', 'admin', 'did you mean "Bot Definition > Bot Import"?'],
    ['Export Variable', 'builder', 'did you mean "Export Variables"?'],
  ] as const)('answers %j for an %s app with the nearest scope', async (text, kind, hint) => {
    expect(await failureOf(() => parseScope(text, kind))).toEqual({
      type: 'app_invalid',
      detail: `unknown scope "${text}"; ${hint}`,
    });
  });

  test.each(['', 'x', '>', 'constructor', '__proto__'])('answers %j with all scopes', async (text) => {
    const failure = await failureOf(() => parseScope(text, 'builder'));
    expect(failure.type).toBe('app_invalid');
    expect(failure.detail).toContain('a builder app can hold "Bot Export", "Export Variables"');
  });

  test.each([
    [
      'Bot Definition > Bot Import',
      'builder',
      'only an admin app can hold the scope "Bot Definition > Bot Import"',
    ],
    ['Publish', 'builder', 'only an admin app can hold the scope "Bot Publish > Publish"'],
    [
      'role_management:role_management',
      'builder',
      'only an admin app can hold the scope "Profile Management > Role Management"',
    ],
    ['Import Variables', 'admin', 'only a builder app can hold the scope "Import Variables"'],
  ] as const)('refuses %j for a %s app', async (text, kind, detail) => {
    expect(await failureOf(() => parseScope(text, kind))).toEqual({ type: 'app_invalid', detail });
  });
});

test('a machine name is a scope, a printed name or a member of every object is not', () => {
  expect(isScope('bot_definition:bot_export')).toBe(true);
  expect(isScope('Bot Export')).toBe(false);
  expect(isScope('toString')).toBe(false);
});
