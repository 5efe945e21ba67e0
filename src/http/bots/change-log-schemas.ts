import { z } from 'zod';
import { whole } from '../fields.ts';
import { isoTime, version } from '../replies.ts';
import { largestPage } from './schemas.ts';

const sizeWords = 'the number of entries on a page, from 1';

/** Which milliseconds a date means: the first of them, and the last. */
type Span = [first: number, last: number];

const day = 24 * 60 * 60 * 1000;
const dateWords = 'a date such as 2025-01-31 or 2025-01-31T09:26:53Z';

/**
 * Documented is an ISO date. Clients also send moments, with or without a zone (UTC then), with a `+` that became a space
 * on its way, and milliseconds since 1970. `undefined`: it is no date.
 */
function parseDate(text: string): Span | undefined {
  if (/^\d{11,14}$/.test(text)) return [Number(text), Number(text)];
  const found = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?) ?(Z|[+ -]\d\d:?\d\d)?)?$/i.exec(
    text,
  );
  if (!found) return undefined;
  const [, date = '', time, zone = 'Z'] = found;
  const midnight = Date.parse(`${date}T00:00:00Z`);
  // February has no 30th, though JavaScript would take it for a day of March.
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== date) return undefined;
  if (time === undefined) return [midnight, midnight + day - 1];
  const offset = zone
    .toUpperCase()
    .replace(/^ /, '+')
    .replace(/^(.\d\d)(\d\d)$/, '$1:$2');
  const moment = Date.parse(`${date}T${time}${offset}`);
  return Number.isNaN(moment) ? undefined : [moment, moment];
}

const date = z
  .string({ error: dateWords })
  .optional()
  .transform((text, context): Span | undefined => {
    // A value left empty counts as left out.
    const trimmed = text?.trim();
    if (!trimmed) return undefined;
    const span = parseDate(trimmed);
    if (!span) context.addIssue({ code: 'custom', message: dateWords });
    return span;
  });

export const changeLogPage = z.object({
  offset: whole('a page number, counted from 0', 0).describe('Page number, counted from 0. Default: 0.'),
  limit: whole(sizeWords, largestPage)
    .refine((limit) => limit > 0, { error: sizeWords })
    .transform((limit) => Math.min(limit, largestPage))
    .describe(`Entries on a page. Default and most: ${largestPage}; more counts as ${largestPage}.`),
  startDate: date.describe('Only what happened from then on: an ISO date or moment, UTC.'),
  endDate: date.describe('Only what happened until then; a date means to the end of that day.'),
});

export const changeLogs = z
  .array(
    z.object({
      _id: z.string().describe('`btl-…`, always the same for the same entry.'),
      userId: z
        .object({
          id: z.string(),
          firstName: z.string().describe('Name of the app.'),
          lastName: z.literal(''),
          emailId: z.literal(''),
          _id: z.string(),
        })
        .describe('Who did it. Botport knows apps, no persons.'),
      streamId: z.string().describe('The bot.'),
      resourceId: z.string().describe('What it was done to: the bot.'),
      resourceType: z.literal('stream'),
      message: z.string().describe('What happened.'),
      createdOn: isoTime,
      __v: version,
    }),
  )
  .meta({
    description: 'What happened to the bot, newest first.',
    examples: [
      [
        {
          _id: 'btl-039ca909-5dd2-59ce-a5b7-30c61a385ebf',
          userId: {
            id: 'u-9a3e6d0e-7c0e-5c55-9d0f-0c8f9b6d4e10',
            firstName: 'pipeline',
            lastName: '',
            emailId: '',
            _id: 'u-9a3e6d0e-7c0e-5c55-9d0f-0c8f9b6d4e10',
          },
          streamId: 'st-7f0b6a1c-2f6a-5d0b-8a52-0a7a1b6f4c11',
          resourceId: 'st-7f0b6a1c-2f6a-5d0b-8a52-0a7a1b6f4c11',
          resourceType: 'stream',
          message: 'Bot published as version 2',
          createdOn: '2025-01-31T09:26:53.589Z',
          __v: 0,
        },
      ],
    ],
  });
