import { z } from 'zod';
import { flag, keepingOrder, optional, textList } from '../fields.ts';
import { failureList, isoTime, version } from '../replies.ts';

const list = (description: string) => optional(textList).describe(description);

/** Families and flags are checked for their types here; which values a list may hold is the use case's to say. */
const options = keepingOrder(
  z.looseObject(
    {
      settings: list('`botSettings`, `botVariables`, `ivrSettings`, `genAIandLLMSettings`'),
      tasks: list('`botTask`, `knowledgeGraph`, `smallTalk`, `forms`'),
      nlpData: list(
        '`nlpSettings`, `utterances`, `patterns`, `synonyms`, `standardResponses`, `traits`, `rules`, `concepts`; ' +
          'older names (`training_data`, `bot_synonyms`, `defaultDialog`) are taken too',
      ),
      AgentAI: list('Older name of `AgentAssist`.'),
      AgentAssist: list('`rules`, `playbooks`, `widgetSettings`, `layoutSettings`'),
      options: optional(
        z.looseObject(
          {
            botVariables: optional(
              z.looseObject(
                {
                  ignore: list('Keys of variables to leave out.'),
                  ignoreEnvironmentVariables: optional(flag),
                  ignoreContentVariables: optional(flag),
                },
                { error: 'an object' },
              ),
            ),
          },
          { error: 'an object' },
        ),
      ),
    },
    { error: 'an object of lists' },
  ),
);

const subTasks = z
  .record(z.string(), textList.nullable(), { error: 'an object of lists of text' })
  .transform((lists) =>
    Object.fromEntries(
      Object.entries(lists).filter((entry): entry is [string, string[]] => entry[1] !== null),
    ),
  );

const exportFields = z.object(
  {
    exportType: z
      .enum(['latest', 'published'], { error: 'one of "latest", "published"' })
      .describe('Which copy: the draft or the newest published version.'),
    exportOptions: optional(options).describe('What to export. Left out: everything.'),
    subTasks: optional(subTasks).describe(
      'Single tasks, by id, refId or name, in the lists `dialogs`, `alerts`, `actions`, `forms`, `experienceFlows`. ' +
        'An empty list does not restrict its kind.',
    ),
    allTasks: optional(flag).describe('All tasks; ignored where `subTasks` names some.'),
    IncludeDependentTasks: optional(flag).describe('Also the tasks the chosen ones refer to.'),
    IncludeFormDependentTasks: optional(flag).describe('Also the tasks that chosen forms refer to.'),
    customDashboards: optional(flag).describe('Custom dashboards; left out only where this is false.'),
  },
  { error: 'a JSON object' },
);

/** Body of the call that starts an export. Unknown keys are ignored. */
export const exportBody = exportFields.meta({
  examples: [
    { exportType: 'latest' },
    {
      exportType: 'published',
      exportOptions: { settings: ['botSettings'], tasks: ['botTask'], nlpData: [] },
    },
  ],
});

/** What a request for an export, or for its plan, can be refused with. */
export const exportFailures = [
  'invalid_stream_id',
  'scope_missing',
  'invalid_arguments',
  'body_too_large',
  'nothing_selected',
  'unknown_option',
  'unknown_task',
  'no_published_version',
] as const;

/** Body of Botport's own call. */
export const ownExportBody = exportFields
  .extend({
    number: z
      .int({ error: 'a whole number from 1' })
      .min(1, { error: 'a whole number from 1' })
      .nullish()
      .transform((value) => value ?? undefined)
      .describe('Of `latest`: the draft of this number. Of `published`: this version. Left out: the newest.'),
  })
  .meta({ examples: [{ exportType: 'latest', number: 3 }] });

const started = {
  _id: z.string().describe('The export request: `ber-…`.'),
  streamId: z.string().describe('The bot.'),
  status: z.enum(['pending', 'success', 'failed']),
  createdBy: z.string().describe('Who asked: `u-…`.'),
  exportType: z.enum(['latest', 'published']),
  requestType: z.literal('Botexport'),
  createdOn: isoTime,
  __v: version,
};

const example = {
  _id: 'ber-0c5ab0ba-21dd-5b49-9c2b-6dd7cf0e2a7c',
  streamId: 'st-7f0b6a1c-2f6a-5d0b-8a52-0a7a1b6f4c11',
  status: 'pending',
  createdBy: 'u-9a3e6d0e-7c0e-5c55-9d0f-0c8f9b6d4e10',
  exportType: 'latest',
  requestType: 'Botexport',
  createdOn: '2025-01-31T09:26:53.589Z',
  __v: 0,
};

export const exportStarted = z
  .object(started)
  .meta({ description: 'The request is taken.', examples: [example] });

/** `botId` and `streamId` name the same: documents show the one, deployed clients read the other. */
export const exportStatus = z
  .object({
    ...started,
    botId: z.string().describe('The bot once more.'),
    downloadURL: z
      .string()
      .optional()
      .describe('On success: a fresh link to the archive. Fetch it with a plain GET; it needs no token.'),
    fileId: z.string().optional().describe('On success: 24 hexadecimal digits.'),
    store: z
      .object({ urlParams: z.string().describe('The query of `downloadURL`, with its question mark.') })
      .optional(),
    fileSize: z.string().optional().describe('On success: bytes of the archive, as digits.'),
    errors: failureList.optional().describe('On failure: why.'),
  })
  .meta({
    description: 'The newest export request of the bot.',
    examples: [
      {
        ...example,
        status: 'success',
        botId: example.streamId,
        downloadURL:
          'http://127.0.0.1:8080/api/getMediaStream/market/f-2f1c9a5e-6e0a-5b8e-9d53-3a0d9a3b8e77.zip?e=1738400000000&n=1&s=3q2-7w&clientfilename=Travel.zip',
        fileId: '5c9e3f2a7b1d4e6f8a0b2c4d',
        store: { urlParams: '?e=1738400000000&n=1&s=3q2-7w&clientfilename=Travel.zip' },
        fileSize: '31245',
      },
    ],
  });
