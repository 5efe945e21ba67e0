import { z } from 'zod';
import { noiseKinds } from '../../definition/diff/noise.ts';
import { text } from '../fields.ts';

/** Most items told one by one, and how many where a caller does not say. */
const mostItems = 2_000;
const usualItems = 500;

const limitWords = `the number of items to list, from 0 to ${mostItems}`;

const sideWords =
  '`draft:st-…` (the draft), `draft:st-…@3` (the third draft), `version:st-…` (the newest published version), ' +
  '`version:st-…@2`, `export:ber-…` (what an export holds), `file:<fileId>` (an uploaded file).';

export const diffQuery = z.object({
  from: text('a side: draft:…, version:…, export:… or file:…').describe(`The one side: ${sideWords}`),
  to: text('a side: draft:…, version:…, export:… or file:…').describe(
    'The other side, written the same way.',
  ),
  format: z
    .enum(['json', 'text'], { error: 'one of "json", "text"' })
    .optional()
    .describe('Left out: JSON, unless `Accept` asks for `text/plain`.'),
  limit: z
    .string({ error: limitWords })
    .regex(/^\d{1,4}$/, { error: limitWords })
    .optional()
    .transform((value) => (value === undefined ? usualItems : Number(value)))
    .refine((value) => value <= mostItems, { error: limitWords })
    .describe(`Most items listed; others are counted. Default ${usualItems}, most ${mostItems}.`),
});

const counts = z.object({
  added: z.int(),
  removed: z.int(),
  changed: z.int(),
  moved: z.int().describe('Those that stand elsewhere, in lists whose order means something.'),
});

const noise = z
  .object(
    Object.fromEntries(noiseKinds.map((kind) => [kind, z.int()])) as Record<
      (typeof noiseKinds)[number],
      z.ZodInt
    >,
  )
  .describe('What differs though nobody changed the bot, by its kind.');

const field = z.object({
  path: z.string().describe('Where in the item: `nodes[message1].transitions[0].default`.'),
  node: z.string().nullable().describe('Name of the node of a dialog the field is in.'),
  change: z.enum(['added', 'removed', 'changed', 'order']),
  before: z.string().nullable().describe('JSON, shortened; messages and scripts as they were typed.'),
  after: z.string().nullable(),
  hidden: z.boolean().describe('Whether the values are not shown since they may be secret.'),
});

const item = z.object({
  change: z.enum(['added', 'removed', 'changed', 'moved']),
  what: z.string().describe('`dialog`, `node`, `utterance`, `environment variable`, …'),
  name: z.string(),
  type: z.string().nullable().describe('Kind of a node: `entity`, `message`, …'),
  of: z
    .string()
    .nullable()
    .describe('Name of the dialog a node is in, or of the intent an utterance is for.'),
  id: z.string().nullable(),
  refId: z.string().nullable(),
  words: z.string().describe('All of that in a few words.'),
  moved: z.object({ from: z.int(), to: z.int() }).nullable().describe('Places in the list, counted from 0.'),
  fields: z.array(field),
  fieldsLeftOut: z.int(),
});

const section = z.object({
  section: z
    .string()
    .describe('Key of the section; `envVariables`, `config.json` and `files` for what is beside it.'),
  title: z.string(),
  only: z.enum(['from', 'to']).nullable().describe('Whether one side alone has the section.'),
  counts,
  items: z.array(item),
  itemsLeftOut: z.int().describe('Items that are counted and not listed.'),
  noisyItems: z.int().describe('Items that differ in nothing but noise.'),
  noise,
});

const side = z.object({ side: z.string(), words: z.string().describe('`version 2 of "Travel"`.') });

export const difference = z
  .object({
    from: side,
    to: side,
    same: z.boolean().describe('Whether nothing differs, but for noise.'),
    counts,
    itemsLeftOut: z.int(),
    noisyItems: z.int(),
    noise,
    sections: z.array(section).describe('Those that differ, in the order of a definition.'),
  })
  .meta({
    examples: [
      {
        from: {
          side: 'version:st-7f0b6a1c-2f6a-5d0b-8a52-0a7a1b6f4c11',
          words: 'version 2 of "Travel"',
        },
        to: { side: 'draft:st-7f0b6a1c-2f6a-5d0b-8a52-0a7a1b6f4c11', words: 'the draft of "Travel"' },
        same: false,
        counts: { added: 1, removed: 0, changed: 0, moved: 0 },
        itemsLeftOut: 0,
        noisyItems: 1,
        noise: { times: 1, authors: 0, ids: 0, order: 0, keys: 0, counters: 0, drawing: 0 },
        sections: [
          {
            section: 'sentences',
            title: 'Utterances',
            only: null,
            counts: { added: 1, removed: 0, changed: 0, moved: 0 },
            items: [
              {
                change: 'added',
                what: 'utterance',
                name: 'book a flight',
                type: null,
                of: 'Book flight',
                id: '5c9e3f2a7b1d4e6f8a0b2c4d',
                refId: null,
                words: 'utterance "book a flight" of "Book flight"',
                moved: null,
                fields: [],
                fieldsLeftOut: 0,
              },
            ],
            itemsLeftOut: 0,
            noisyItems: 1,
            noise: { times: 1, authors: 0, ids: 0, order: 0, keys: 0, counters: 0, drawing: 0 },
          },
        ],
      },
    ],
  });
