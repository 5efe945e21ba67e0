import { describe, expect, test } from 'vitest';
import { generateBot } from '../../bench/generate-bot.ts';
import { detect } from '../../src/definition/secrets/detect.ts';
import { redactBot } from '../../src/definition/secrets/redact.ts';
import { scanBot } from '../../src/definition/secrets/scan.ts';

/** A part of every pattern, again and again, is what makes a careless pattern take for ever. */
const parts = [
  'a',
  ' ',
  '\n',
  '"',
  '\\',
  '=',
  ':',
  '%41',
  'eyJ',
  'eyJ.',
  'eyJhbGciOi.eyJhbGciOi.',
  'AKIA',
  'xoxb-',
  'sk-',
  'key-',
  '-us1',
  'SG.',
  'Basic ',
  'bearer  ',
  'password',
  'password=',
  'password="',
  'password\\"',
  '"password":"',
  '"password", ',
  'apiKey: {',
  'a://',
  'a://a:',
  'a://a:a@',
  'https://x:',
  '-----BEGIN ',
  '-----BEGIN PRIVATE KEY-----',
  'cs-00000000-0000-0000-0000-000000000000',
  'hooks.slack.com/services/T',
  'azurewebsites.net/',
  '.logic.azure.com',
  'a.',
  'a-',
  'a_',
  'Aa',
  '{{',
  '.',
  '/',
];
const half = 250_000;

describe('a text of half a megabyte takes no longer than its length', () => {
  test.each(parts)(
    'of %j',
    (part) => {
      const text = part.repeat(half / part.length);
      detect(text);
      detect(`${text}!${text}`);
      detect(`password = "${text}"`);
      detect(`password = ${text}`);
    },
    5000,
  );
});

test('a definition of 20 MB is scanned in seconds', () => {
  const content = Buffer.from([...generateBot(20e6)].join(''));
  expect(scanBot([{ name: 'botDefinition.json', content }])).toEqual([]);
}, 30_000);

test('tens of thousands of secrets in one text are told of, and taken out', () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `var password = "Tide-${index}-x";`);
  const text = JSON.stringify({ dialogs: [{ name: 'a', script: encodeURIComponent(lines.join('\n')) }] });
  const { secrets } = redactBot([{ name: 'botDefinition.json', content: Buffer.from(text) }]);
  expect(secrets).toHaveLength(20_000);
  expect(secrets.at(-1)?.findings[0]?.place.words).toContain('script line 20000');
}, 20_000);

test('a definition that is nested too deeply is refused', () => {
  const deep = `{"a":[${'['.repeat(1000)}${']'.repeat(1000)}]}`;
  expect(() => scanBot([{ name: 'botDefinition.json', content: Buffer.from(deep) }])).toThrow(
    'nested too deeply',
  );
});

test('a definition that is no JSON is refused', () => {
  const scan = (text: string) => () => scanBot([{ name: 'botDefinition.json', content: Buffer.from(text) }]);
  for (const text of ['', '[]', '{"a":', '{"a": nope}', '{"a": "\n"}']) expect(scan(text)).toThrow();
});
