import { z } from 'zod';
import { progress } from '../progress.ts';
import { failureList, isoTime } from '../replies.ts';

const named = {
  section: z.string().describe('Section of the definition, such as `dialogs`.'),
  id: z.string().nullable(),
  refId: z.string().nullable(),
  name: z.string().nullable(),
};

const section = z.object({
  section: z.string(),
  owner: z.string().nullable().describe('The component that decides over it, such as `tasks.botTask`.'),
  state: z
    .enum(['whole', 'stubs', 'some items', 'edited', 'rewritten', 'emptied', 'left out'])
    .describe('What the export has of it. A stub is an item cut to a few fields.'),
  items: z.int().nullable().describe('Items that are in; null for what is no list.'),
  of: z.int().nullable().describe('Items the bot has.'),
});

const task = z.object({
  ...named,
  in: z.boolean(),
  neededBy: z
    .array(z.object({ ...named, kind: z.string().describe('How it refers to the step before.') }))
    .describe('Why the task came along, step by step back to what was asked for; empty if it was asked for.'),
  leftOutBecause: z.enum(['not chosen', 'state', 'component not chosen']).nullable(),
});

export const dangling = z.object({
  from: z.object(named),
  kind: z.string().describe('What the reference is for: `call`, `form`, `event`, `variable`, …'),
  to: z.object({
    what: z.string().describe('What it refers to: `dialog`, `form`, `environment variable`, …'),
    value: z.string().describe('The id, name or key in the reference.'),
    name: z.string().nullable(),
  }),
  cause: z.enum(['left out', 'not in the bot']).describe('Whether the bot has the target at all.'),
});

const explanation = {
  sections: z.array(section).describe('Every section of the bot, in its order.'),
  tasks: z.array(task).describe('Every task of the bot, in or out, and why.'),
  dangling: z.array(dangling).describe('References in the export that lead to nothing in it.'),
};

export const exportParams = z.object({ exportId: z.string().describe('Export request: `ber-…`.') });

export const explainedExport = z
  .object({
    id: z.string(),
    botId: z.string(),
    exportType: z.enum(['latest', 'published']),
    status: z.enum(['pending', 'success', 'failed']),
    createdOn: isoTime,
    size: z.int().nullable().describe('Bytes of the archive, once it is there.'),
    progress,
    errors: failureList.optional().describe('On failure: why.'),
    downloadURL: z.string().optional().describe('On success: a fresh link to the archive.'),
    ...explanation,
  })
  .meta({ description: 'What an export holds, why, what it leaves out, and what dangles in it.' });

export const exportPlan = z
  .object({ botId: z.string(), exportType: z.enum(['latest', 'published']), ...explanation })
  .meta({ description: 'What an export would hold. Nothing was written.' });
