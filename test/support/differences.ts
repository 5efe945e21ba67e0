import type { Difference } from '../../src/definition/diff/difference.ts';
import { type CompareOptions, compare } from '../../src/diffs/compare.ts';
import { sideOf } from '../../src/diffs/side.ts';
import type { SegmentReader } from '../../src/storage/segment-store.ts';
import { type IngestedBot, ingestInMemory, segmentsInMemory } from './segments.ts';
import type { Json } from './server.ts';

/** The files of a bot, as a test writes them. */
export interface BotText {
  definition: Json | Buffer;
  config?: Json | Buffer;
  others?: { name: string; content: Buffer }[];
}

export async function botInMemory({ definition, config = { envVariables: [] }, others = [] }: BotText) {
  const bytes = (content: Json | Buffer) =>
    Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
  return ingestInMemory({
    definition: (async function* () {
      yield bytes(definition);
    })(),
    config: bytes(config),
    others,
  });
}

export interface Compared {
  difference: Difference;
  /** Digests of the segments that were read, in the order of reading. */
  read: string[];
}

/** The difference of two bots, and what was read for it. */
export async function compareBots(
  from: IngestedBot,
  to: IngestedBot,
  options: Partial<CompareOptions> = {},
): Promise<Compared> {
  const read: string[] = [];
  const stored = segmentsInMemory([...from.segments, ...to.segments]);
  const store: SegmentReader = {
    get: (digest) => {
      read.push(digest);
      return stored.get(digest);
    },
    getAll: (digests) => {
      read.push(...digests);
      return stored.getAll(digests);
    },
  };
  const difference = await compare(store, sideOf(from, store), sideOf(to, store), {
    limit: 10_000,
    mostBytes: 1e9,
    ...options,
  });
  return { difference, read };
}

/** The difference of two bots as they are written. */
export async function differenceOf(
  from: BotText,
  to: BotText,
  options: Partial<CompareOptions> = {},
): Promise<Difference> {
  return (await compareBots(await botInMemory(from), await botInMemory(to), options)).difference;
}

/** What each item that differs is, in words, with the sign of its change in front. */
export function wordsOf({ sections }: Difference): string[] {
  return sections.flatMap(({ items }) => items.map(({ change, words }) => `${change} ${words}`));
}

/** The fields that differ in the one item that does. */
export function fieldsOf({ sections }: Difference): [path: string, before: unknown, after: unknown][] {
  return sections.flatMap(({ items }) =>
    items.flatMap(({ fields }) =>
      fields.map(({ path, before, after }): [string, unknown, unknown] => [path, before, after]),
    ),
  );
}
