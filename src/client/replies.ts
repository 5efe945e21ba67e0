import { z } from 'zod';

/*
 * The replies of the Bot Export API, as far as the client reads them. Hosts add members of their own; they pass.
 */

/** Why something failed. Hosts that say it in another way, or not at all, have failed all the same. */
const failure: z.ZodType<FailureReason> = z.union([
  z.looseObject({
    msg: z.string(),
    detail: z.string().optional().catch(undefined),
    type: z.string().optional().catch(undefined),
  }),
  z.looseObject({ message: z.string() }).transform(({ message }) => ({ msg: message })),
  z.string().transform((msg) => ({ msg })),
]);
export type FailureReason = { msg: string; detail?: string | undefined; type?: string | undefined };

export const failureList: z.ZodType<FailureReason[] | undefined> = z
  .array(failure)
  .optional()
  .catch(undefined);

export const errorReply = z.union([
  z.looseObject({ errors: z.array(failure).min(1) }),
  z
    .looseObject({ message: z.string() })
    .transform(({ message }): { errors: FailureReason[] } => ({ errors: [{ msg: message }] })),
]);

/** The words of a status, in any case; some hosts write `failure`. */
function status<const T extends string>(...words: T[]) {
  return z.preprocess((sent) => {
    if (typeof sent !== 'string') return sent;
    const lower = sent.toLowerCase() === 'failure' ? 'failed' : sent.toLowerCase();
    return words.find((word) => word.toLowerCase() === lower) ?? sent;
  }, z.enum(words));
}

const requestStatus = status('pending', 'success', 'failed');

/** A link; what hosts write before there is one counts as none. */
const link = z.preprocess(
  (sent) => (sent === '' || sent === null ? undefined : sent),
  z.url({ protocol: /^https?$/ }).optional(),
);

const count = z.looseObject({ done: z.number(), total: z.number().nullable() });

/** How far a request is; null where the host does not know. */
export const progressReply = z.looseObject({ bytes: count, items: count }).nullable();
export type Progress = NonNullable<z.infer<typeof progressReply>>;

export const uploadReply = z.looseObject({ fileId: z.string() });

export const importReply = z.looseObject({
  _id: z.string(),
  status: requestStatus,
  streamId: z.string().optional(),
  statusLogs: z
    .array(z.looseObject({ taskType: z.string(), taskName: z.string(), status: z.string() }))
    .default([]),
  /** Only from Botport's own calls. */
  progress: progressReply.optional(),
  errors: failureList,
});
export type ImportReply = z.infer<typeof importReply>;

export const exportReply = z.looseObject({
  _id: z.string(),
  status: requestStatus,
  downloadURL: link,
  fileSize: z.union([z.string(), z.number()]).transform(String).nullish(),
  errors: failureList,
});
export type ExportReply = z.infer<typeof exportReply>;

export const publishStatus = z.looseObject({
  _id: z.string(),
  status: status('inprogress', 'successful', 'failed'),
  percentageComplete: z.number().optional(),
  errors: failureList,
});
export type PublishStatus = z.infer<typeof publishStatus>;

/** A publish by its id. */
export const publishRecord = z.looseObject({
  id: z.string(),
  botId: z.string(),
  status: requestStatus,
  comment: z.string(),
  version: z.number().nullable(),
  createdBy: z.string(),
  createdOn: z.string(),
  finishedOn: z.string().nullable(),
  errors: failureList,
});
export type PublishRecord = z.infer<typeof publishRecord>;

export const utteranceExport = z.looseObject({
  _id: z.string(),
  status: status('IN_PROGRESS', 'SUCCESS', 'FAILED'),
  downloadUrl: link,
  errors: failureList,
});
export type UtteranceExport = z.infer<typeof utteranceExport>;

/** What an import of bot functions did. */
export const functionsReply = z.looseObject({ _id: z.string(), status: z.string() });
export type FunctionsReply = z.infer<typeof functionsReply>;

export const bot = z.looseObject({ _id: z.string(), name: z.string() });
export type Bot = z.infer<typeof bot>;

export const botPage = z.looseObject({
  total: z.number().optional(),
  availableMore: z.boolean().default(false),
  bots: z.array(bot),
});
export type BotPage = z.infer<typeof botPage>;

const linkedApp = z.looseObject({ _id: z.string(), name: z.string() });
const linkedAppList = z.array(linkedApp).optional();

/** The apps a universal bot links. Hosts call the published ones in two ways. */
export const linkedApps = z
  .looseObject({
    configuredLinkedApps: linkedAppList,
    publishedLinkedApps: linkedAppList,
    publishedBots: linkedAppList,
  })
  .transform(({ configuredLinkedApps, publishedLinkedApps, publishedBots }) => ({
    configured: configuredLinkedApps ?? [],
    published: publishedLinkedApps ?? publishedBots ?? [],
  }));
export type LinkedApps = z.infer<typeof linkedApps>;

const change = z.looseObject({
  _id: z.string(),
  resourceType: z.string(),
  message: z.string(),
  createdOn: z.string(),
});
/** An entry of a change log. */
export type Change = z.infer<typeof change>;
export const changeList = z.array(change);

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
  status: requestStatus,
  size: z.number().nullish(),
  progress: progressReply.optional(),
  downloadURL: link,
  errors: failureList,
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
          what: z.string(),
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

export const webhook = z.looseObject({
  id: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  bots: z.array(z.string()).nullable(),
  createdOn: z.string(),
  failingSince: z.string().nullable(),
  disabledOn: z.string().nullable(),
});
export type Webhook = z.infer<typeof webhook>;
export const webhookList = z.looseObject({ webhooks: z.array(webhook) });

/** A new webhook, with the secret its messages are signed with. */
export const madeWebhook = webhook.extend({ secret: z.string() });
export type MadeWebhook = z.infer<typeof madeWebhook>;

export const delivery = z.looseObject({
  number: z.number(),
  id: z.string(),
  event: z.string(),
  status: z.enum(['pending', 'success', 'failed']),
  attempts: z.number(),
  outcome: z.string().nullable(),
  createdOn: z.string(),
  lastAttemptOn: z.string().nullable(),
  nextAttemptOn: z.string().nullable(),
});
export type Delivery = z.infer<typeof delivery>;
export const deliveryList = z.looseObject({ deliveries: z.array(delivery) });
