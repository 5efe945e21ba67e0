import { z } from 'zod';

/*
 * The replies of the Bot Export API, as far as the client reads them. Hosts add members of their own; they pass.
 */

const errorList = z.array(z.looseObject({ msg: z.string(), detail: z.string().optional() }));

export const errorReply = z.looseObject({ errors: errorList });

export const uploadReply = z.looseObject({ fileId: z.string() });

export const importReply = z.looseObject({
  _id: z.string(),
  status: z.enum(['pending', 'success', 'failed']),
  streamId: z.string().optional(),
  statusLogs: z.array(z.looseObject({ taskType: z.string(), taskName: z.string(), status: z.string() })),
  errors: errorList.optional(),
});
export type ImportReply = z.infer<typeof importReply>;

export const exportReply = z.looseObject({
  _id: z.string(),
  status: z.enum(['pending', 'success', 'failed']),
  downloadURL: z.url({ protocol: /^https?$/ }).optional(),
  fileSize: z.string().regex(/^\d+$/).optional(),
  errors: errorList.optional(),
});
export type ExportReply = z.infer<typeof exportReply>;

export const publishStatus = z.looseObject({
  _id: z.string(),
  status: z.enum(['inprogress', 'successful', 'failed']),
  errors: errorList.optional(),
});
export type PublishStatus = z.infer<typeof publishStatus>;

export const botPage = z.looseObject({
  total: z.number(),
  availableMore: z.boolean(),
  bots: z.array(z.looseObject({ _id: z.string(), name: z.string() })),
});
export type BotPage = z.infer<typeof botPage>;

const named = { section: z.string(), name: z.string().nullable() };

/** What an export holds, and why. */
export const explanation = z.looseObject({
  sections: z.array(
    z.looseObject({
      section: z.string(),
      state: z.string(),
      items: z.number().nullable(),
      of: z.number().nullable(),
    }),
  ),
  tasks: z.array(
    z.looseObject({
      ...named,
      in: z.boolean(),
      neededBy: z.array(z.looseObject({ ...named, kind: z.string() })),
      leftOutBecause: z.string().nullable(),
    }),
  ),
  dangling: z.array(
    z.looseObject({
      from: z.looseObject(named),
      kind: z.string(),
      to: z.looseObject({ what: z.string(), value: z.string(), name: z.string().nullable() }),
      cause: z.string(),
    }),
  ),
});
export type Explanation = z.infer<typeof explanation>;
