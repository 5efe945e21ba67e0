import { z } from 'zod';
import { flag, optional, text } from '../fields.ts';
import { failureList, isoTime, version } from '../replies.ts';

/** A page of versions shows fifty of them. */
const longestComment = 20_000;
const commentWords = `text that is not empty, of at most ${longestComment} characters`;

/** Body of the call that publishes a bot. Unknown keys are ignored. */
export const publishBody = z
  .object(
    {
      versionComment: text(commentWords)
        .refine((value) => value.length <= longestComment, { error: commentWords })
        .describe('What the version is about.'),
      initiateTraining: optional(flag).describe('Taken for compatibility; there is nothing to train here.'),
    },
    { error: 'a JSON object' },
  )
  .meta({ examples: [{ versionComment: 'Spring release' }] });

const resource = z.object({
  resourceType: z.string().describe('`dialog`, `NL`, `CHANNELS`, `EXTENSIONS`, `SETTINGS`, `BOTLANGUAGES`'),
  resourceId: z.string().describe('Id of the dialog; else the same as `resourceType`.'),
  sbResourceId: z.string().optional().describe('Of a dialog: its id once more.'),
  status: z.literal('SUCCESS'),
  result: z.union([
    z.object({
      state: z.literal('awaitingApproval'),
      approvalRequestedLanguages: z.array(z.string()),
      versionComment: z.string(),
      publishedOn: isoTime,
      name: z.string(),
    }),
    z.object({
      resourceId: z.string(),
      resourceType: z.string(),
      modules: z.array(z.string()),
      name: z.string(),
    }),
  ]),
});

export const publishStarted = z.array(resource).meta({
  description: 'The request is taken: what will be published.',
  examples: [
    [
      {
        resourceType: 'NL',
        resourceId: 'NL',
        status: 'SUCCESS',
        result: { resourceId: 'NL', resourceType: 'NL', modules: [], name: 'Natural Language' },
      },
    ],
  ],
});

export const publishStatus = z
  .object({
    _id: z.string().describe('The publish request: `ds-…`.'),
    action: z.literal('RUN'),
    jobType: z.literal('PUBLISH_BOT'),
    streamId: z.string().describe('The bot.'),
    __v: version,
    countOfDockStatuses: z.int().describe('Number of entries in `statusSummary`.'),
    createdBy: z.string().describe('Who asked: `u-…`.'),
    percentageComplete: z.int().describe('0 while it runs, 100 once it is over, well or not.'),
    requestedTime: isoTime,
    status: z.enum(['successful', 'failed', 'inprogress']),
    lastModifiedOn: isoTime,
    initiatedOn: isoTime,
    statusSummary: z.array(
      z.object({
        resourceId: z.string(),
        resourceType: z.string(),
        name: z.string(),
        status: z.enum(['SUCCESS', 'FAILED', 'INPROGRESS']),
      }),
    ),
    errors: failureList.optional().describe('On failure: why.'),
  })
  .meta({
    description: 'The newest publish request of the bot.',
    examples: [
      {
        _id: 'ds-0a4c4e9c-0d55-5e4b-8f0b-7a7c3b1f9a21',
        action: 'RUN',
        jobType: 'PUBLISH_BOT',
        streamId: 'st-7f0b6a1c-2f6a-5d0b-8a52-0a7a1b6f4c11',
        __v: 0,
        countOfDockStatuses: 2,
        createdBy: 'u-9a3e6d0e-7c0e-5c55-9d0f-0c8f9b6d4e10',
        percentageComplete: 100,
        requestedTime: '2025-01-31T09:26:53.589Z',
        status: 'successful',
        lastModifiedOn: '2025-01-31T09:26:53.793Z',
        initiatedOn: '2025-01-31T09:26:53.589Z',
        statusSummary: [
          { resourceId: 'NL', resourceType: 'NL', name: 'Natural Language', status: 'SUCCESS' },
          {
            resourceId: 'AUTOVERSIONING',
            resourceType: 'AUTOVERSIONING',
            name: 'Creating New Version',
            status: 'SUCCESS',
          },
        ],
      },
    ],
  });

export const publishParams = z.object({ requestId: z.string().describe('Publish request: `ds-…`.') });

/** A publish as Botport's own API shows it. */
export const ownPublishStatus = z
  .object({
    id: z.string(),
    botId: z.string(),
    status: z.enum(['pending', 'success', 'failed']),
    comment: z.string().describe('What the version is about.'),
    version: z.int().nullable().describe('Number of the version it made, once it is there.'),
    createdBy: z.string().describe('Who asked: `u-…`.'),
    createdOn: isoTime,
    finishedOn: isoTime.nullable(),
    errors: failureList.optional().describe('On failure: why.'),
  })
  .meta({
    description: 'The publish request.',
    examples: [
      {
        id: 'ds-0a4c4e9c-0d55-5e4b-8f0b-7a7c3b1f9a21',
        botId: 'st-7f0b6a1c-2f6a-5d0b-8a52-0a7a1b6f4c11',
        status: 'success',
        comment: 'Spring release',
        version: 3,
        createdBy: 'u-9a3e6d0e-7c0e-5c55-9d0f-0c8f9b6d4e10',
        createdOn: '2025-01-31T09:26:53.589Z',
        finishedOn: '2025-01-31T09:26:53.793Z',
      },
    ],
  });
