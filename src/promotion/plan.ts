import { z } from 'zod';
import { differenceReply, importPlan } from '../client/replies.ts';

/*
 * A planned promotion, as it stands in a file between plan and apply. docs/promoting.md describes it. No value of an
 * environment file is in it.
 */

const state = z.object({ number: z.number(), digest: z.string() });

export const promotionPlan = z.object({
  format: z.literal(1),
  /** Hosts, as they were given. */
  from: z.string(),
  to: z.string(),
  bot: z.object({ id: z.string(), name: z.string() }),
  type: z.enum(['latest', 'published']),
  /** Parts, in the words of an export; none means everything. */
  choice: z.record(z.string(), z.unknown()),
  /** The environment file, and what it does: which variables, how often each beginning of a URL and each secret. */
  environment: z
    .object({
      file: z.string(),
      variables: z.array(z.string()),
      urls: z.record(z.string(), z.number()),
      secrets: z.record(z.string(), z.number()),
      warnings: z.array(z.string()),
    })
    .nullable(),
  /** Names what is to come in: the export, with the environment in it. */
  source: z.object({ digest: z.string() }),
  /** The bot it goes into; null makes a new one. */
  into: z
    .object({
      id: z.string(),
      name: z.string(),
      /** The draft it has now, where the host tells. */
      draft: state.nullable(),
      /** Names what an export of it gives now, where the host makes no plans. */
      digest: z.string().nullable(),
    })
    .nullable(),
  keepId: z.boolean(),
  /** The comment to publish with; null leaves the draft unpublished. */
  publish: z.string().nullable(),
  /** Whether there is anything to do. */
  changes: z.boolean(),
  /** Whether the import would change something; false where there is only something to publish. */
  imports: z.boolean(),
  /** What the host says it would do. */
  plan: importPlan.nullable(),
  /** What differs, where the host makes no plans. */
  difference: differenceReply.nullable(),
});
export type PromotionPlan = z.infer<typeof promotionPlan>;

/** What is wanted, before anything is known of the hosts. */
export interface WantedPromotion
  extends Pick<PromotionPlan, 'from' | 'to' | 'type' | 'choice' | 'keepId' | 'publish'> {
  /** Id or name. */
  bot: string;
  /** Id or name; without it, the bot of the same id or name. */
  into: string | undefined;
  isNew: boolean;
  /** The environment file. */
  environment: string | undefined;
}
