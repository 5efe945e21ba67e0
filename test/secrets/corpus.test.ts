import { describe, expect, test } from 'vitest';
import { scanBot } from '../../src/definition/secrets/scan.ts';
import { referenceBots } from '../support/reference.ts';
import { sampleBots } from '../support/samples.ts';
import { cases, freshBot, lookAlikes, membersOf } from './corpus.ts';

test('the corpus has at least 200 cases, and 100 that look alike, each of its own', () => {
  expect(new Set(cases.map(({ title }) => title)).size).toBeGreaterThanOrEqual(200);
  expect(new Set(cases.map(({ title }) => title)).size).toBe(cases.length);
  expect(new Set(lookAlikes.map(({ title }) => title)).size).toBeGreaterThanOrEqual(100);
});

/** Only what a plant changed is scanned: the sample itself has no secrets, as a test below says. */
describe('a planted secret is found, with its kind and place', () => {
  test.each(cases)('$title', ({ kind, secret, words, plant }) => {
    const bot = freshBot();
    plant(bot);
    const found = scanBot(membersOf(bot));
    expect(found.map((one) => [one.kind, one.value])).toEqual([[kind, secret]]);
    expect(found[0]?.place.words).toContain(words);
  });
});

describe('what looks alike is not found', () => {
  test.each(lookAlikes)('$title', ({ plant }) => {
    const bot = freshBot();
    plant(bot);
    expect(scanBot(membersOf(bot)).map(({ kind, value }) => [kind, value])).toEqual([]);
  });
});

test.each([...sampleBots(), ...referenceBots()])(
  'there are no false alarms in $name',
  ({ definition, config }) => {
    const members = [
      { name: 'botDefinition.json', content: definition },
      { name: 'config.json', content: config },
    ];
    expect(scanBot(members).map(({ kind, place }) => `${kind}: ${place.pointer}`)).toEqual([]);
  },
);
