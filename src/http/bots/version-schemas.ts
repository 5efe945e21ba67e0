import { z } from 'zod';
import { flag, optional, whole } from '../fields.ts';
import { botParams, isoTime } from '../replies.ts';
import { largestPage } from './schemas.ts';

export const versionParams = botParams.extend({
  number: z.string().describe('Number of the version.'),
});

const sizeWords = 'the number of versions on a page, from 1';

export const versionPage = z.object({
  before: whole('the number of a version', Number.MAX_SAFE_INTEGER).describe(
    'Only versions before this number.',
  ),
  limit: whole(sizeWords, largestPage)
    .refine((limit) => limit > 0, { error: sizeWords })
    .transform((limit) => Math.min(limit, largestPage))
    .describe(`Versions on a page. Default and most: ${largestPage}.`),
});

const longestLabel = 64;
const labelWords = `text of 1 to ${longestLabel} characters without control characters, or null`;

/** The same label in Unicode's composed form, without space around it: labels that look alike are alike. */
const label = z
  .string({ error: labelWords })
  .transform((text) => text.normalize('NFC').trim())
  .refine((text) => text.length >= 1 && text.length <= longestLabel && !/\p{C}/u.test(text), {
    error: labelWords,
  });

/** Unlike elsewhere, `null` is a value here: it takes the label away (RFC 7396). */
export const versionChange = z
  .object(
    {
      label: label
        .nullable()
        .optional()
        .describe(
          'What to call it; `null` takes the label away. No two versions of a bot are called the same.',
        ),
      pinned: optional(flag).describe('Whether it is kept for ever.'),
    },
    { error: 'a JSON object' },
  )
  .refine(({ label, pinned }) => label !== undefined || pinned !== undefined, {
    error: '`label` or `pinned`',
  })
  .meta({ examples: [{ label: 'spring-release', pinned: true }, { label: null }] });

export const version = z
  .object({
    number: z.int().describe('Counted from 1. A number is never given again.'),
    label: z.string().nullable(),
    pinned: z.boolean().describe('A pinned version is never removed.'),
    comment: z.string().describe('What was said when it was published.'),
    digest: z.string().describe('SHA-256 of the content: the same content has the same.'),
    current: z.boolean().describe('Whether it is the newest: the published copy of the bot.'),
    draft: z.int().nullable().describe('The newest draft with this content.'),
    bytes: z
      .int()
      .nullable()
      .describe('About so many bytes of text; null for one published before they were counted.'),
    items: z.int().nullable().describe('Items in the lists of the definition; null as `bytes`.'),
    createdBy: z.string().describe('Who published it: `u-…`.'),
    createdOn: isoTime,
  })
  .meta({ description: 'The version.' });

const example = {
  number: 2,
  label: 'spring-release',
  pinned: true,
  comment: 'Spring release',
  digest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  current: true,
  draft: 5,
  bytes: 1482210,
  items: 3120,
  createdBy: 'u-9a3e6d0e-7c0e-5c55-9d0f-0c8f9b6d4e10',
  createdOn: '2025-01-31T09:26:53.589Z',
};

export const changedVersion = version.meta({
  description: 'The version as it is now.',
  examples: [example],
});

export const versionList = z.object({ versions: z.array(version) }).meta({
  description: 'Published versions of the bot, newest first.',
  examples: [{ versions: [example] }],
});

export const deletedVersion = z.object({ number: z.int().describe('The number that was deleted.') }).meta({
  description: 'The version is deleted.',
  examples: [{ number: 1 }],
});
