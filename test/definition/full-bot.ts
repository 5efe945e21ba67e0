import { heldOnce, type Json } from '../exports/choosing-kit.ts';
import { sampleBots } from '../support/samples.ts';

/*
 * The bank assistant with something in every section, so that nothing that goes, stays or is emptied goes unseen.
 */

/** What the sample has nothing in, and what only a universal bot has. */
const more: Json = {
  variables: ['a'],
  korevgSettings: { enable: true },
  class: ['finance'],
  externalNluAdapters: [{ name: 'adapter' }],
  languagesToBeIgnored: ['fr'],
  metaTags: ['tag'],
  unexportedTasks: [{ name: 'an older task' }],
  paramMaps: [{ from: 'a' }],
  taskDgParamMaps: [{ to: 'b' }],
  customTemplates: [{ name: 'template' }],
  universalBotVersion: 2,
  linkedBotsDetails: [{ name: 'another bot' }],
  fallbackDetails: [{ name: 'the last resort' }],
  inclusiveDetails: [{ name: 'always asked' }],
};

/** Behind which section the sections of universal bots stand. */
const placed: Record<string, string> = {
  universalBotVersion: 'localeData',
  linkedBotsDetails: 'unexportedTasks',
  fallbackDetails: 'linkedBotsDetails',
  inclusiveDetails: 'fallbackDetails',
};

export const bank = sampleBots().find(({ name }) => name.endsWith('bank-assistant')) ?? {
  name: 'none',
  definition: Buffer.of(),
  config: Buffer.of(),
};

/** The bank assistant as it is shipped. */
export const bankDefinition: Json = JSON.parse(bank.definition.toString());

function withMore(definition: Json): Json {
  const entries = Object.entries(definition).map(([key, value]): [string, unknown] => [
    key,
    more[key] ?? value,
  ]);
  for (const [key, before] of Object.entries(placed)) {
    const at = entries.findIndex(([known]) => known === before);
    entries.splice(at + 1, 0, [key, more[key]]);
  }
  return Object.fromEntries(entries);
}

/** A standard bot that has every section filled. */
export const fullDefinition = withMore(bankDefinition);
export const fullText = JSON.stringify(fullDefinition, null, 4);

export const heldBank = heldOnce(() => bank);
export const heldFullBot = heldOnce(() => ({ definition: fullText, config: bank.config }));
