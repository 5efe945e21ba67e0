import { existsSync } from 'node:fs';
import path from 'node:path';
import { ClientError } from '../client/errors.ts';
import { BotportError } from '../errors.ts';
import { replaceFile } from '../exploded/replace-file.ts';
import { sendImport, uploadArchive } from '../transfer/send-import.ts';
import { makePlan, type Planned, type Promoting, wantedOf } from './make-plan.ts';
import { importChoice } from './parts.ts';
import type { PromotionPlan } from './plan.ts';
import { digestOf, fetchBot } from './source.ts';

/** What was done. */
export interface Promoted {
  /** The bot on the target. */
  botId: string;
  imported: boolean;
  published: boolean;
  /** How to go back; undefined where nothing was there before. */
  back: string | undefined;
}

/**
 * Does exactly what was planned, with what is fetched anew.
 *
 * @throws `promotion_moved` where source or target have moved since; nothing was changed then
 */
export async function applyLater(
  plan: PromotionPlan,
  promoting: Promoting,
  folder: string,
): Promise<Promoted> {
  const now = await makePlan(wantedOf(plan), promoting);
  const moved = (what: string) => new BotportError('promotion_moved', what);
  if (now.plan.source.digest !== plan.source.digest) {
    throw moved('the source, or the environment, is another than when it was planned');
  }
  if (
    now.plan.plan?.digest !== plan.plan?.digest ||
    now.plan.into?.digest !== plan.into?.digest ||
    now.plan.changes !== plan.changes
  ) {
    throw moved('the target is another than when it was planned');
  }
  return applyPlan({ ...now, plan }, promoting, folder);
}

/**
 * Does what was planned just now.
 *
 * @param folder where the target's state before goes, from hosts that keep none
 * @throws `promotion_moved`; `promotion_unfinished` where the import was made and what comes after it failed
 */
export async function applyPlan(
  { plan, fetched, files }: Planned,
  promoting: Promoting,
  folder: string,
): Promise<Promoted> {
  const { target } = promoting;
  if (!plan.changes)
    return { botId: plan.into?.id ?? '', imported: false, published: false, back: undefined };
  const back = await wayBack(plan, promoting, folder);
  let botId = plan.into?.id ?? '';
  if (plan.imports) {
    const uploaded = files ?? (await uploadArchive(target, new Uint8Array(fetched.sent.archive)));
    const choice = importChoice(plan.choice, fetched.chosen.bot);
    const place = plan.into
      ? { into: plan.into.id, ...choice, ...(plan.plan && { plan: plan.plan.digest }) }
      : { keepId: plan.keepId };
    try {
      botId = (await sendImport(target, uploaded, place)).streamId;
    } catch (error) {
      if (error instanceof ClientError && error.hostType === 'plan_outdated') {
        throw new BotportError('promotion_moved', 'the target has moved since', { cause: error });
      }
      throw error;
    }
  }
  if (plan.publish === null) return { botId, imported: plan.imports, published: false, back };
  try {
    await target.publishing.start(botId, plan.publish);
    await target.publishing.wait(botId);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const words = [
      `${botId} on ${plan.to} has what was planned as its draft, but is not published: ${said}`,
      ...(back ? [`To go back: ${back}`] : []),
    ];
    throw new BotportError('promotion_unfinished', words.join('\n'), { cause: error });
  }
  return { botId, imported: plan.imports, published: true, back };
}

/** How to go back. A host that keeps no history keeps its state in a file here. */
async function wayBack(
  { into, to, imports }: PromotionPlan,
  { target, limits }: Promoting,
  folder: string,
): Promise<string | undefined> {
  if (!into || !imports) return undefined;
  if (into.draft) return `botport rollback ${into.id} --to-draft ${into.draft.number} --host ${to}`;
  const before = await fetchBot(target, { botId: into.id, body: { exportType: 'latest' } }, limits);
  const file = path.join(folder, `${into.id}-before-${digestOf(before.bot).slice(0, 10)}.zip`);
  if (!existsSync(file)) replaceFile(file, before.archive);
  return `botport import ${file} --into ${into.id} --host ${to}`;
}
