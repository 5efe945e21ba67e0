import { z } from 'zod';
import { failureList, isoTime, version } from '../replies.ts';

/** One of some words, in any case; left out, empty or sent as anything but one text it is the first. */
const word = <const T extends [string, ...string[]]>(words: T) =>
  z
    .string({ error: `one of ${words.map((one) => `"${one}"`).join(', ')}` })
    .optional()
    .transform((sent, context): T[number] => {
      const found = sent ? words.find((one) => one === sent.toLowerCase()) : words[0];
      if (found !== undefined) return found;
      context.addIssue({ code: 'custom', message: `one of ${words.map((one) => `"${one}"`).join(', ')}` });
      return z.NEVER;
    });

export const exportQuery = z.object({
  state: word(['configured', 'published']).describe(
    '`configured`: of the draft, which is the default. `published`: of the newest published version.',
  ),
  type: word(['json', 'csv']).describe('`csv` or `json`, which is the default.'),
});

const record = {
  _id: z.string().describe('The request: `ds-…`.'),
  status: z.enum(['IN_PROGRESS', 'SUCCESS', 'FAILED']),
  percentageComplete: z.int().describe('0 while it runs, 100 once it is over, well or not.'),
  streamId: z.string().describe('The bot.'),
  jobType: z.literal('ML_UTTERANCE'),
  action: z.literal('EXPORT'),
  countOfDockStatuses: z.literal(1),
  createdBy: z.string().describe('Who asked: `u-…`.'),
  fileType: z.enum(['CSV', 'JSON']),
  statusLogs: z.array(z.never()).describe('Always empty.'),
  lMod: isoTime,
  createdOn: isoTime,
  requestedTime: isoTime,
  __v: version,
};

const example = {
  _id: 'ds-db32ec69-7f80-5873-890a-576fe585965f',
  status: 'IN_PROGRESS',
  percentageComplete: 0,
  streamId: 'st-7f0b6a1c-2f6a-5d0b-8a52-0a7a1b6f4c11',
  jobType: 'ML_UTTERANCE',
  action: 'EXPORT',
  countOfDockStatuses: 1,
  createdBy: 'u-9a3e6d0e-7c0e-5c55-9d0f-0c8f9b6d4e10',
  fileType: 'CSV',
  statusLogs: [],
  lMod: '2025-01-31T09:26:53.589Z',
  createdOn: '2025-01-31T09:26:53.589Z',
  requestedTime: '2025-01-31T09:26:53.589Z',
  __v: 0,
};

export const exportStarted = z
  .object(record)
  .meta({ description: 'The request is taken.', examples: [example] });

export const exportStatus = z
  .object({
    ...record,
    downloadUrl: z
      .string()
      .optional()
      .describe('On success: a fresh link to the file. Fetch it with a plain GET; it needs no token.'),
    errors: failureList.optional().describe('On failure: why.'),
  })
  .meta({
    description: 'The newest export of utterances of the bot.',
    examples: [
      {
        ...example,
        status: 'SUCCESS',
        percentageComplete: 100,
        downloadUrl:
          'http://127.0.0.1:8080/api/getMediaStream/market/f-2f1c9a5e-6e0a-5b8e-9d53-3a0d9a3b8e77.csv?e=1738400000000&n=1&s=3q2-7w&clientfilename=Travel%20utterances.csv',
      },
    ],
  });
