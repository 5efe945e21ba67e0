import { expect, test } from 'vitest';
import { readSide } from '../../src/sides/side.ts';

test.each([
  ['draft:Travel', { kind: 'draft', host: undefined, bot: 'Travel', number: undefined }],
  ['draft:st-1@3', { kind: 'draft', host: undefined, bot: 'st-1', number: 3 }],
  ['version:Travel@12', { kind: 'version', host: undefined, bot: 'Travel', number: 12 }],
  ['export:ber-1', { kind: 'export', host: undefined, exportId: 'ber-1' }],
  ['staging/draft:Travel', { kind: 'draft', host: 'staging', bot: 'Travel', number: undefined }],
  [
    'https://bots.example/base/version:Travel@2',
    { kind: 'version', host: 'https://bots.example/base', bot: 'Travel', number: 2 },
  ],
  ['draft:Sales/EMEA', { kind: 'draft', host: undefined, bot: 'Sales/EMEA', number: undefined }],
  ['draft:me@home', { kind: 'draft', host: undefined, bot: 'me@home', number: undefined }],
  ['draft:a@0', { kind: 'draft', host: undefined, bot: 'a@0', number: undefined }],
  ['draft:A draft:B', { kind: 'draft', host: undefined, bot: 'A draft:B', number: undefined }],
])('%s is a state', (text, side) => {
  expect(readSide(text)).toEqual({ text, ...side });
});

test.each([
  'bot.zip',
  './draft:Travel',
  '../draft:Travel',
  'bots/old/draft:Travel',
  '/tmp/draft:Travel',
  'draft:',
  'drafts:Travel',
  'C:\\bots\\draft:x',
  '.',
])('%s is a path', (text) => {
  expect(readSide(text)).toEqual({ kind: 'path', text });
});
