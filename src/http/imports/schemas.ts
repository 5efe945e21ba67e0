import { z } from 'zod';
import type { ImportBody, ImportIntoBody } from '../../imports/imports.ts';
import { flag, optional, optionalText } from '../fields.ts';
import { progress } from '../progress.ts';
import { failureList, isoTime, version } from '../replies.ts';

const fileId = optionalText('the fileId of an uploaded file');

const caseless = <const T extends string[]>(values: T, error: string) =>
  z
    .string({ error })
    .nullish()
    .transform((value, context): T[number] | undefined => {
      if (!value) return undefined;
      const known = values.find((one) => one.toLowerCase() === value.toLowerCase());
      if (known === undefined) context.addIssue({ code: 'custom', message: error });
      return known;
    });

/** One id, a list of ids, or a list of objects as the upload reply and the functions import write them. */
const functions = z
  .union(
    [
      z.string(),
      z.array(
        z.union([z.string(), z.looseObject({ fileId: z.string() })], {
          error: 'the fileId of an uploaded file',
        }),
      ),
    ],
    { error: 'a fileId or a list of them' },
  )
  .nullish()
  .transform((value) => {
    const ids = [value ?? []].flat().map((one) => (typeof one === 'string' ? one : one.fileId));
    const given = ids.filter((id) => id !== '');
    return given.length === 0 ? undefined : given;
  });

const fields = z.object(
  {
    uploadMode: caseless(['JSON', 'ZIP'], 'one of "JSON", "ZIP"').describe(
      'How the bot was uploaded, in any case: `ZIP` reads `zipInfo`, `JSON` the single files. Left out: `ZIP` where `zipInfo` is there.',
    ),
    zipInfo: fileId.describe('File id of an uploaded archive; required for `ZIP`.'),
    botDefinition: fileId.describe('File id of botDefinition.json; required for `JSON`.'),
    configInfo: fileId.describe('File id of config.json; required for `JSON`.'),
    icon: fileId.describe('File id of icon.png; required for `JSON`.'),
    botFunctions: functions.describe('File ids of custom scripts.'),
    name: optionalText().describe('Name of the new bot; else the one in the definition.'),
    purpose: caseless(['customer', 'employee'], 'one of "customer", "employee"'),
  },
  { error: 'a JSON object or a form' },
);

/** What each way of uploading a new bot cannot do without. */
function complete(body: z.output<typeof fields>, context: z.RefinementCtx): ImportBody {
  return withFiles(body, ['botDefinition', 'configInfo', 'icon'], context);
}

type FileField = 'zipInfo' | 'botDefinition' | 'configInfo' | 'icon';

function withFiles<B extends z.output<typeof fields>>(
  body: B,
  single: readonly FileField[],
  context: z.RefinementCtx,
): B & { uploadMode: 'JSON' | 'ZIP' } {
  const uploadMode = body.uploadMode ?? (body.zipInfo === undefined ? 'JSON' : 'ZIP');
  for (const name of uploadMode === 'ZIP' ? (['zipInfo'] as const) : single) {
    if (body[name] === undefined) {
      context.addIssue({ code: 'custom', path: [name], message: 'the fileId of an uploaded file' });
    }
  }
  return { ...body, uploadMode };
}

/** An object; forms send it as JSON text. */
const objectOrText = (error: string) =>
  z
    .union([z.string(), z.record(z.string(), z.unknown())], { error })
    .nullish()
    .transform((value, context): Record<string, unknown> | undefined => {
      if (typeof value !== 'string') return value ?? undefined;
      if (value === '') return undefined;
      const parsed = z.record(z.string(), z.unknown()).safeParse(parsedJson(value));
      if (!parsed.success) context.addIssue({ code: 'custom', message: error });
      return parsed.data;
    });

/** The value of a JSON text; undefined where it is none. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const intoFields = fields.extend({
  importOptions: objectOrText('an object').describe(
    'The parts to import: lists of `tasks`, `nlpData`, `settings`, `AgentAI`/`AgentAssist`, `botComponents` as an export has ' +
      'them; `customDashboard`, `storyBoardScenes`, `subTasks`; `options.utterances` and `options.patterns` with ' +
      '`append` or `replace`; `options.botVariables.ignore`. Left out: everything.',
  ),
  subTasks: objectOrText('an object of lists of text')
    .transform((lists) => lists && readSubTasks(lists))
    .describe('Single tasks, by id, refId or name.'),
});

function readSubTasks(lists: Record<string, unknown>): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(lists).map(([kind, list]) => [
      kind,
      Array.isArray(list) ? list.filter((name): name is string => typeof name === 'string') : [],
    ]),
  );
}

/** The icon of a bot stays: an import into it does not use one. */
const single = ['botDefinition', 'configInfo'] as const;

const intoExample = {
  uploadMode: 'ZIP',
  zipInfo: '5c9e3f2a7b1d4e6f8a0b2c4d',
  importOptions: { tasks: ['botTask'], nlpData: ['utterances'] },
};

/** Body of the public call that imports into a bot. Unknown keys are ignored. */
export const importIntoBody = intoFields
  .transform((body, context): ImportIntoBody => withFiles(body, single, context))
  .meta({ examples: [intoExample] });

/** Body of Botport's own call. */
export const ownImportIntoBody = intoFields
  .extend({
    plan: optionalText('the digest of a plan').describe(
      'Digest of the plan to apply. The import is refused where it would do anything else.',
    ),
  })
  .transform((body, context): ImportIntoBody => withFiles(body, single, context))
  .meta({ examples: [{ ...intoExample, plan: 'a'.repeat(64) }] });

const examples = [
  {
    botDefinition: '5c9e3f2a7b1d4e6f8a0b2c4d',
    configInfo: '5c9e3f2a7b1d4e6f8a0b2c4e',
    icon: '5c9e3f2a7b1d4e6f8a0b2c4f',
  },
  { uploadMode: 'ZIP', zipInfo: '5c9e3f2a7b1d4e6f8a0b2c4d', name: 'Travel' },
];

/** Body of the public import call. Unknown keys are ignored. */
export const importBody = fields.transform(complete).meta({ examples });

/** Body of Botport's own import call. */
export const ownImportBody = fields
  .extend({
    keepId: optional(flag).describe(
      'Give the bot the id in the file, if it is free. Default: false, a new id.',
    ),
  })
  .transform(({ keepId = false, ...body }, context) => ({ keepId, body: complete(body, context) }))
  .meta({ examples: [{ uploadMode: 'ZIP', zipInfo: '5c9e3f2a7b1d4e6f8a0b2c4d', keepId: true }] });

export const importParams = z.object({
  requestId: z.string().describe('The `_id` of the reply to the import call: `bir-…`.'),
});

const started = {
  _id: z.string().describe('The import request: `bir-…`.'),
  streamRefId: z.string(),
  status: z.enum(['pending', 'success', 'failed']),
  statusLogs: z
    .array(
      z.object({
        taskType: z.string().describe('`importRequest`, `Bot Definition`, `Dialog`, … `importBot`'),
        taskName: z.string(),
        status: z.enum(['success', 'failed']),
      }),
    )
    .describe('What is done so far. The first entry names the bot and says that the request was taken.'),
  requestType: z.literal('Botimport'),
  createdBy: z.string().describe('Who asked: `u-…`.'),
  createdOn: isoTime,
  __v: version,
};

const example = {
  _id: 'bir-61f3b6fc-64bb-5b2c-9b3c-d2fbd0d8a4b2',
  streamRefId: '3f0a4d6e-92f2-5f0e-a1c5-7f4d3a0b9c88',
  status: 'pending',
  statusLogs: [{ taskType: 'importRequest', taskName: 'Travel', status: 'success' }],
  requestType: 'Botimport',
  createdBy: 'u-9a3e6d0e-7c0e-5c55-9d0f-0c8f9b6d4e10',
  createdOn: '2025-01-31T09:26:53.589Z',
  __v: 0,
};

export const importStarted = z
  .object(started)
  .meta({ description: 'The request is taken.', examples: [example] });

const importStatusShape = z.object({
  ...started,
  streamId: z.string().optional().describe('The new bot, once it is there.'),
  errors: failureList.optional().describe('On failure: why.'),
});

const finished = { ...example, status: 'success', streamId: 'st-7f0b6a1c-2f6a-5d0b-8a52-0a7a1b6f4c11' };

export const importStatus = importStatusShape.meta({
  description: 'The import request.',
  examples: [finished],
});

/** As the public status, with the progress. */
export const ownImportStatus = importStatusShape.extend({ progress }).meta({
  description: 'The import request.',
  examples: [
    {
      ...finished,
      progress: { bytes: { done: 176_000, total: 176_000 }, items: { done: 412, total: 412 } },
    },
  ],
});
