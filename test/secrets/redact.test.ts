import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import type { BotMember } from '../../src/definition/layout.ts';
import { explodeBot, packBot } from '../../src/definition/layout.ts';
import { redactBot, type TakenSecret } from '../../src/definition/secrets/redact.ts';
import { scanBot } from '../../src/definition/secrets/scan.ts';
import { applyEnvironment } from '../../src/environment/apply-environment.ts';
import { emptyEnvironment } from '../../src/environment/environment.ts';
import { environmentText } from '../../src/secrets/environment-text.ts';
import { referenceBots } from '../support/reference.ts';
import { sampleBots } from '../support/samples.ts';
import { cases, freshBot, membersOf } from './corpus.ts';

/** What the environment file of a redacted bot says, read as people's tools read it. */
function fill(members: readonly BotMember[], secrets: readonly TakenSecret[]): BotMember[] {
  const read = parseDocument(environmentText(secrets)).toJS() as { secrets: Record<string, string> | null };
  return applyEnvironment(members, {
    ...emptyEnvironment,
    secrets: new Map(Object.entries(read.secrets ?? {})),
  }).members;
}

function isIdentity(members: BotMember[]): TakenSecret[] {
  const { members: redacted, secrets } = redactBot(members);
  expect(scanBot(redacted)).toEqual([]);
  expect(redactBot(redacted)).toEqual({ members: redacted, secrets: [] });
  expect(fill(redacted, secrets)).toEqual(members);
  return secrets;
}

const definition = (text: string): BotMember[] => [
  { name: 'botDefinition.json', content: Buffer.from(text) },
];
const redacted = (text: string) => {
  const { members, secrets } = redactBot(definition(text));
  return { text: String(members[0]?.content), secrets };
};

/** Other ways to write the same JSON. */
const spellings: Record<string, (text: string) => string> = {
  'as exports are': (text) => text,
  'on one line': (text) => JSON.stringify(JSON.parse(text)),
  'with slashes escaped': (text) => text.replaceAll('/', '\\/'),
  'with every e escaped': (text) =>
    text.replace(/"(?:[^"\\]|\\.)*"/g, (string) =>
      string.replace(/\\.|e/g, (found) => (found === 'e' ? '\\u0065' : found)),
    ),
  'with tabs and a mark': (text) => `\ufeff${JSON.stringify(JSON.parse(text), null, '\t')}\r\n`,
};

describe('redacting, then filling the placeholders, gives the bot back byte for byte', () => {
  test.each(Object.keys(spellings))('for secrets at any places, written %s', (spelling) => {
    const chosen = fc.uniqueArray(fc.nat(cases.length - 1), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(chosen, (indexes) => {
        const bot = freshBot();
        for (const index of indexes) cases[index]?.plant(bot);
        const members = membersOf(bot).map((member) =>
          member.name.endsWith('.json')
            ? { ...member, content: Buffer.from(spellings[spelling]?.(String(member.content)) ?? '') }
            : member,
        );
        expect(isIdentity(members).length).toBeGreaterThan(0);
      }),
      { numRuns: 8 },
    );
  });

  test('for whatever stands around a secret', () => {
    const around = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('%20', '%2b', '\\u0041', '"'),
    );
    fc.assert(
      fc.property(around, around, fc.boolean(), (before, after, isEncoded) => {
        const secret = `AKIA${'Q7'.repeat(8)}`;
        const text = `${before} ${secret} ${after}`.toWellFormed();
        isIdentity(definition(JSON.stringify({ a: isEncoded ? encodeURIComponent(text) : text })));
      }),
    );
  });

  test.each([...sampleBots(), ...referenceBots()])('for $name', ({ definition: content, config }) => {
    isIdentity([
      { name: 'botDefinition.json', content },
      { name: 'config.json', content: config },
    ]);
  });

  test('for bot functions that are no UTF-8', () => {
    const script = Buffer.concat([
      Buffer.from("var password = 'Tr0ub"),
      Buffer.from([0xe9]),
      Buffer.from("dor&3';"),
    ]);
    expect(isIdentity([{ name: 'a.js', content: script }]).map(({ value }) => value)).toEqual([
      'Tr0ub',
      'dor&3',
    ]);
  });
});

test('exploding a redacted bot and packing it keeps the placeholders', () => {
  const bot = freshBot();
  for (const { plant } of cases) plant(bot);
  const { members } = redactBot(membersOf(bot));
  expect(packBot(explodeBot(members, 'botDefinition.json'))).toEqual(members);
});

test('a placeholder is named after its place', () => {
  const bot = freshBot();
  cases.find(({ words }) => words === 'variable "clientSecret"')?.plant(bot);
  cases.find(({ words }) => words.startsWith('node "getLoanQuote", header "x-api-key"'))?.plant(bot);
  const { secrets } = redactBot(membersOf(bot));
  expect(secrets.map(({ name }) => name)).toEqual(['GET_LOAN_QUOTE_X_API_KEY', 'CLIENT_SECRET']);
});

test('one secret at two places has one placeholder, two secrets of one name have two', () => {
  const [one, other] = [`Tr0ub4-${'z9'}`, `Sumer7-${'k2'}`];
  const { text, secrets } = redacted(
    JSON.stringify({
      dialogs: [
        { name: 'a', password: one },
        { name: 'a', password: other },
        { name: 'b', password: one },
      ],
    }),
  );
  expect(secrets.map(({ name }) => name)).toEqual(['A_PASSWORD', 'A_PASSWORD_2']);
  expect(text.match(/\(botport-secret\.[A-Z_0-9]+\)/g)).toEqual([
    '(botport-secret.A_PASSWORD)',
    '(botport-secret.A_PASSWORD_2)',
    '(botport-secret.A_PASSWORD)',
  ]);
});

test('a name that the bot has already is not given again', () => {
  const { secrets } = redacted(
    JSON.stringify({ dialogs: [{ name: 'a', password: 'Tr0ub4-zz', text: '(botport-secret.A_PASSWORD)' }] }),
  );
  expect(secrets.map(({ name }) => name)).toEqual(['A_PASSWORD_2']);
});

test('names in other scripts fall back to what is left of them', () => {
  const { secrets } = redacted(JSON.stringify({ dialogs: [{ name: 'パスワード', password: 'Tr0ub4-zz' }] }));
  expect(secrets.map(({ name }) => name)).toEqual(['PASSWORD']);
});

test('what is spelled in an unusual way is kept as it is written', () => {
  const { text, secrets } = redacted('{"dialogs":[{"name":"a","password":"Tr0ub4\\/\\u007a"}]}');
  expect(text).toBe('{"dialogs":[{"name":"a","password":"(botport-secret.A_PASSWORD.raw)"}]}');
  expect(secrets[0]?.value).toBe('Tr0ub4\\/\\u007a');
});

test('a text whose only encoded characters are in the secret is kept as it is written', () => {
  const { text, secrets } = redacted('{"dialogs":[{"name":"a","password":"Tr0ub4%2Fz"}]}');
  expect(text).toContain('.raw)');
  expect(secrets[0]?.value).toBe('Tr0ub4%2Fz');
});
