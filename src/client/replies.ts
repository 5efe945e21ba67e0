import { z } from 'zod';

/*
 * The replies of the Bot Export API, as far as the client reads them. Hosts add members of their own; they pass.
 */

export const failureList = z.array(
  z.looseObject({ msg: z.string(), detail: z.string().optional(), type: z.string().optional() }),
);

export const errorReply = z.looseObject({ errors: failureList });

export const uploadReply = z.looseObject({ fileId: z.string() });

export const importReply = z.looseObject({
  _id: z.string(),
  status: z.enum(['pending', 'success', 'failed']),
  streamId: z.string().optional(),
  statusLogs: z
    .array(z.looseObject({ taskType: z.string(), taskName: z.string(), status: z.string() }))
    .default([]),
  errors: failureList.optional(),
});
export type ImportReply = z.infer<typeof importReply>;

export const exportReply = z.looseObject({
  _id: z.string(),
  status: z.enum(['pending', 'success', 'failed']),
  downloadURL: z.url({ protocol: /^https?$/ }).optional(),
  fileSize: z.union([z.string(), z.number()]).transform(String).optional(),
  errors: failureList.optional(),
});
export type ExportReply = z.infer<typeof exportReply>;

export const publishStatus = z.looseObject({
  _id: z.string(),
  status: z.enum(['inprogress', 'successful', 'failed']),
  percentageComplete: z.number().optional(),
  errors: failureList.optional(),
});
export type PublishStatus = z.infer<typeof publishStatus>;

export const bot = z.looseObject({ _id: z.string(), name: z.string() });
export type Bot = z.infer<typeof bot>;

export const botPage = z.looseObject({
  total: z.number().optional(),
  availableMore: z.boolean().default(false),
  bots: z.array(bot),
});
export type BotPage = z.infer<typeof botPage>;

const named = { section: z.string(), name: z.string().nullable() };

/** What leads to nothing, and why. */
const dangling = z.looseObject({
  from: z.looseObject(named),
  kind: z.string(),
  to: z.looseObject({ what: z.string(), value: z.string(), name: z.string().nullable() }),
  cause: z.string(),
});
export type Dangling = z.infer<typeof dangling>;

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
  dangling: z.array(dangling),
});
export type Explanation = z.infer<typeof explanation>;

/** An export by its id. */
export const exportRecord = z.looseObject({
  id: z.string(),
  botId: z.string(),
  exportType: z.enum(['latest', 'published']),
  status: z.enum(['pending', 'success', 'failed']),
  size: z.number().nullish(),
  downloadURL: z.url({ protocol: /^https?$/ }).optional(),
  errors: failureList.optional(),
});
export type ExportRecord = z.infer<typeof exportRecord>;

const counts = z.looseObject({
  created: z.number(),
  replaced: z.number(),
  deleted: z.number(),
  kept: z.number(),
});
const items = z.array(
  z.looseObject({ id: z.string().nullable(), refId: z.string().nullable(), name: z.string() }),
);

/** What an import into a bot would do. */
export const importPlan = z.looseObject({
  digest: z.string(),
  changes: z.boolean(),
  counts,
  sections: z.array(
    z.looseObject({
      section: z.string(),
      state: z.string(),
      counts,
      created: items,
      replaced: items,
      deleted: items,
    }),
  ),
  files: z.array(z.looseObject({ name: z.string(), state: z.string() })),
  dangling: z.array(dangling),
  unsetVariables: z.array(z.string()),
});
export type ImportPlan = z.infer<typeof importPlan>;

export const draft = z.looseObject({
  number: z.number(),
  digest: z.string(),
  published: z.number().nullable(),
  createdBy: z.string(),
  createdOn: z.string(),
});
export type Draft = z.infer<typeof draft>;
export const draftList = z.looseObject({ drafts: z.array(draft) });

export const version = z.looseObject({
  number: z.number(),
  label: z.string().nullable(),
  pinned: z.boolean(),
  comment: z.string(),
  digest: z.string(),
  current: z.boolean(),
  draft: z.number().nullable(),
  bytes: z.number().nullable(),
  items: z.number().nullable(),
  createdBy: z.string(),
  createdOn: z.string(),
});
export type Version = z.infer<typeof version>;
export const versionList = z.looseObject({ versions: z.array(version) });

export const rollbackReply = z.looseObject({
  draft: z.number(),
  digest: z.string(),
  before: z.number(),
  changed: z.boolean(),
});
export type RollbackReply = z.infer<typeof rollbackReply>;

/** Variables, as the host writes them: a list, or an object of lists where the bot has collections. */
export const variableSets = z.union([
  z.array(z.looseObject({})),
  z.looseObject({
    botVariables: z.array(z.looseObject({})),
    botCollections: z.array(z.looseObject({})),
    botCollectionVariables: z.array(z.looseObject({})),
  }),
]);
export type VariableSets = z.infer<typeof variableSets>;

export const messageReply = z.looseObject({ message: z.string() });

const differenceCounts = z.looseObject({
  added: z.number(),
  removed: z.number(),
  changed: z.number(),
  moved: z.number(),
});

/** What one side has other than the other. */
export const differenceReply = z.looseObject({
  from: z.looseObject({ side: z.string(), words: z.string() }),
  to: z.looseObject({ side: z.string(), words: z.string() }),
  same: z.boolean(),
  counts: differenceCounts,
  itemsLeftOut: z.number(),
  noisyItems: z.number(),
  noise: z.record(z.string(), z.number()),
  sections: z.array(
    z.looseObject({
      section: z.string(),
      title: z.string(),
      only: z.enum(['from', 'to']).nullable(),
      counts: differenceCounts,
      items: z.array(
        z.looseObject({
          change: z.enum(['added', 'removed', 'changed', 'moved']),
          words: z.string(),
          moved: z.looseObject({ from: z.number(), to: z.number() }).nullable(),
          fields: z.array(
            z.looseObject({
              path: z.string(),
              node: z.string().nullable(),
              change: z.enum(['added', 'removed', 'changed', 'order']),
              before: z.string().nullable(),
              after: z.string().nullable(),
              hidden: z.boolean(),
            }),
          ),
          fieldsLeftOut: z.number(),
        }),
      ),
      itemsLeftOut: z.number(),
      noisyItems: z.number(),
      noise: z.record(z.string(), z.number()),
    }),
  ),
});
export type DifferenceReply = z.infer<typeof differenceReply>;
