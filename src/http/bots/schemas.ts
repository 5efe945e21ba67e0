import { z } from 'zod';
import { whole } from '../fields.ts';
import { isoTime } from '../replies.ts';

/** The platform's own largest page, and what a caller gets who names no size. */
export const largestPage = 50;

export const page = z.object({
  offset: whole('a page number, counted from 0', 0).describe('Page number, counted from 0. Default: 0.'),
  limit: whole('the number of bots on a page, from 1', largestPage)
    .refine((limit) => limit > 0, { error: 'the number of bots on a page, from 1' })
    .transform((limit) => Math.min(limit, largestPage))
    .describe(`Bots on a page. Default and most: ${largestPage}; more counts as ${largestPage}.`),
});

export const botList = z
  .object({
    total: z.int().describe('Bots the app covers.'),
    availableMore: z.boolean().describe('Whether there is a next page.'),
    bots: z.array(
      z.object({
        _id: z.string().describe('Bot id: `st-…`.'),
        accountId: z.string(),
        purpose: z.string(),
        createdOn: isoTime,
        createdBy: z.string(),
        type: z.string(),
        defaultLanguage: z.string(),
        isDeflect: z.literal(false),
        resourceid: z.literal('btstreams'),
        status: z.enum(['published', 'configured']).describe('Whether the bot was ever published.'),
        name: z.string(),
        description: z.string(),
        isLinkedTo: z.array(z.string()),
        containsPanelOrWidget: z.literal(false),
      }),
    ),
  })
  .meta({
    description: 'One page of bots, oldest first.',
    examples: [
      {
        total: 1,
        availableMore: false,
        bots: [
          {
            _id: 'st-7f0b6a1c-2f6a-5d0b-8a52-0a7a1b6f4c11',
            accountId: '5c9e3f2a7b1d4e6f8a0b2c4d',
            purpose: 'customer',
            createdOn: '2025-01-31T09:26:53.589Z',
            createdBy: 'u-9a3e6d0e-7c0e-5c55-9d0f-0c8f9b6d4e10',
            type: 'default',
            defaultLanguage: 'en',
            isDeflect: false,
            resourceid: 'btstreams',
            status: 'published',
            name: 'Travel',
            description: '',
            isLinkedTo: [],
            containsPanelOrWidget: false,
          },
        ],
      },
    ],
  });

export const draftPage = z.object({
  before: whole('the number of a draft', Number.MAX_SAFE_INTEGER).describe('Only drafts before this number.'),
  limit: whole('the number of drafts on a page, from 1', largestPage)
    .refine((limit) => limit > 0, { error: 'the number of drafts on a page, from 1' })
    .transform((limit) => Math.min(limit, largestPage))
    .describe(`Drafts on a page. Default and most: ${largestPage}.`),
});

export const draftList = z
  .object({
    drafts: z.array(
      z.object({
        number: z.int().describe('Counted from 1; the newest is the draft there is.'),
        digest: z.string().describe('SHA-256 of the content: the same content has the same.'),
        published: z.int().nullable().describe('The newest version published of this content.'),
        createdBy: z.string().describe('Who imported it: `u-…`.'),
        createdOn: isoTime,
      }),
    ),
  })
  .meta({
    description: 'States the draft of the bot has had, newest first.',
    examples: [
      {
        drafts: [
          {
            number: 1,
            digest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
            published: null,
            createdBy: 'u-9a3e6d0e-7c0e-5c55-9d0f-0c8f9b6d4e10',
            createdOn: '2025-01-31T09:26:53.589Z',
          },
        ],
      },
    ],
  });

const number = z.int({ error: 'a whole number from 1' }).min(1, { error: 'a whole number from 1' });

export const rollbackBody = z
  .union([z.strictObject({ draft: number }), z.strictObject({ version: number })], {
    error: 'either `draft` or `version` with a number',
  })
  .meta({ examples: [{ draft: 3 }, { version: 1 }] });

export const rollbackReply = z
  .object({
    draft: z.int().describe('Number of the draft the bot has now.'),
    digest: z.string().describe('SHA-256 of its content.'),
    before: z.int().describe('Number of the draft before: going back to that undoes the rollback.'),
    changed: z.boolean().describe('False where the draft had that content already: then nothing was done.'),
  })
  .meta({ description: 'The bot has the content that was asked for.' });
