import { z } from 'zod';
import { eventNames } from '../../webhooks/events.ts';
import { optional, whole } from '../fields.ts';
import { isoTime } from '../replies.ts';

/** Bots one webhook can be limited to. */
const mostBots = 100;
const largestPage = 50;

const urlWords = 'an http or https URL of at most 2048 characters, without user, password and fragment';
const eventWords = `a list of events: ${eventNames.join(', ')}`;
const botWords = `a list of 1 to ${mostBots} bot ids`;

const url = z
  .string({ error: urlWords })
  .max(2048, { error: urlWords })
  .refine(isPlainHttp, { error: urlWords })
  .describe('Where messages are sent. It has to be a public address, unless the server allows others.');

function isPlainHttp(text: string): boolean {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  return (
    parsed !== undefined &&
    /^https?:$/.test(parsed.protocol) &&
    `${parsed.username}${parsed.password}${parsed.hash}` === ''
  );
}

const unique = <T>(list: T[]): T[] => [...new Set(list)];

export const webhookBody = z
  .object(
    {
      url,
      events: z
        .array(z.enum(eventNames, { error: `one of ${eventNames.join(', ')}` }), { error: eventWords })
        .min(1, { error: eventWords })
        .transform(unique)
        .describe('What to listen to. The app needs the scope to ask for what each event tells.'),
      bots: optional(
        z
          .array(z.string({ error: 'a bot id' }), { error: botWords })
          .transform(unique)
          .refine(({ length }) => length >= 1 && length <= mostBots, { error: botWords }),
      ).describe('Only these bots. Left out: every bot the app covers.'),
    },
    { error: 'a JSON object' },
  )
  .meta({
    examples: [{ url: 'https://ci.example.com/botport', events: ['export.succeeded', 'export.failed'] }],
  });

export const webhookParams = z.object({ webhookId: z.string().describe('Webhook: `wh-…`.') });

const shape = {
  id: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  bots: z.array(z.string()).nullable().describe('Null: every bot the app covers.'),
  createdOn: isoTime,
  failingSince: isoTime.nullable().describe('Since when nothing was taken.'),
  disabledOn: isoTime.nullable().describe('When it was disabled; a test takes it into use again.'),
};

const example = {
  id: 'wh-5d1f0c3e-7f0b-5a86-9d5c-2c8f4b7a9e10',
  url: 'https://ci.example.com/botport',
  events: ['export.failed', 'export.succeeded'],
  bots: null,
  createdOn: '2025-01-31T09:26:53.589Z',
  failingSince: null,
  disabledOn: null,
};

export const webhook = z.object(shape).meta({ description: 'The webhook.', examples: [example] });

export const madeWebhook = z
  .object({ ...shape, secret: z.string().describe('The signing secret. It is never shown again.') })
  .meta({
    description: 'The webhook, with its signing secret.',
    examples: [{ ...example, secret: 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=' }],
  });

export const webhookList = z
  .object({ webhooks: z.array(z.object(shape)) })
  .meta({ description: 'The webhooks of the app, oldest first.', examples: [{ webhooks: [example] }] });

const deliveryShape = {
  number: z.int().describe('A later delivery has a higher one.'),
  id: z.string().describe('The message: its header `webhook-id`.'),
  event: z.string(),
  status: z.enum(['pending', 'success', 'failed']),
  attempts: z.int(),
  outcome: z
    .string()
    .nullable()
    .describe('What the last attempt came to: an HTTP status, or why there was no answer.'),
  createdOn: isoTime,
  lastAttemptOn: isoTime.nullable(),
  nextAttemptOn: isoTime.nullable().describe('Null once it has ended.'),
};

const deliveryExample = {
  number: 12,
  id: 'msg-2b9d6f4e-1c3a-5e70-8f29-6d5b4c3a2f10',
  event: 'export.succeeded',
  status: 'pending',
  attempts: 1,
  outcome: '503',
  createdOn: '2025-01-31T09:26:53.589Z',
  lastAttemptOn: '2025-01-31T09:26:53.612Z',
  nextAttemptOn: '2025-01-31T09:26:58.204Z',
};

export const delivery = z
  .object(deliveryShape)
  .meta({ description: 'The delivery.', examples: [{ ...deliveryExample, event: 'ping' }] });

export const deliveryList = z
  .object({ deliveries: z.array(z.object(deliveryShape)) })
  .meta({ description: 'Deliveries, newest first.', examples: [{ deliveries: [deliveryExample] }] });

const pageWords = 'the number of deliveries on a page, from 1';

export const deliveryPage = z.object({
  before: whole('the number of a delivery', Number.MAX_SAFE_INTEGER).describe(
    'Only deliveries before this number.',
  ),
  limit: whole(pageWords, largestPage)
    .refine((limit) => limit > 0, { error: pageWords })
    .transform((limit) => Math.min(limit, largestPage))
    .describe(`Deliveries on a page. Default and most: ${largestPage}.`),
});
