import type { Client } from '../client/client.ts';
import { ClientError } from '../client/errors.ts';
import type { ImportFiles } from '../client/imports.ts';
import { type Bot, type DifferenceReply, differenceReply, type ImportPlan } from '../client/replies.ts';
import type { Config } from '../config.ts';
import type { Environment } from '../environment/environment.ts';
import { BotportError } from '../errors.ts';
import { compareLocal } from '../local/compare.ts';
import type { LocalBot } from '../local/local-bot.ts';
import { takeSnapshot } from '../local/snapshot.ts';
import { isOtherHost } from '../sides/is-other-host.ts';
import { planImport, uploadArchive } from '../transfer/send-import.ts';
import { completeChoice, importChoice } from './parts.ts';
import type { PromotionPlan, WantedPromotion } from './plan.ts';
import { digestOf, type FetchedBot, fetchBot, fetchSource, type Source } from './source.ts';

export interface Promoting {
  source: Client;
  target: Client;
  environment: Environment | undefined;
  limits: Pick<Config, 'maxUnpacked' | 'maxItem'>;
}

/** A plan, and what it was made of, so that it need not be fetched again to be applied at once. */
export interface Planned {
  plan: PromotionPlan;
  fetched: Source;
  /** The uploads at the target that the host's plan is about. */
  files: ImportFiles | undefined;
}

/** Most items of a difference that are told one by one. */
const mostItems = 500;

/**
 * Says what a promotion would do. On a target that is no Botport server nothing is uploaded: the bot there is exported,
 * and compared here.
 *
 * @throws `promotion_target`, and what the client, reading the bot and the environment throw
 */
export async function makePlan(wanted: WantedPromotion, promoting: Promoting): Promise<Planned> {
  const { source, target, environment, limits } = promoting;
  const bot = await botOf(source, wanted.bot);
  const into = wanted.isNew ? undefined : await targetOf(target, wanted, bot);
  if (wanted.isNew) await refuseThere(target, wanted, bot);
  const choice = completeChoice(wanted.choice);
  const { from, to, type, keepId, publish } = wanted;
  const fetched = await fetchSource(source, { botId: bot._id, type, choice }, { environment, limits });
  const { report } = fetched;
  const plan: PromotionPlan = {
    format: 1,
    from,
    to,
    bot: { id: bot._id, name: bot.name },
    type,
    choice,
    environment: report && wanted.environment ? { file: wanted.environment, ...report } : null,
    source: { digest: digestOf(fetched.chosen.bot) },
    into: into ? { id: into._id, name: into.name, draft: null, digest: null } : null,
    keepId,
    publish,
    changes: true,
    imports: true,
    plan: null,
    difference: null,
  };
  if (!plan.into) return { plan, fetched, files: undefined };
  const told = await planOnHost(target, plan.into.id, plan, fetched);
  if (told) {
    plan.plan = told.plan;
    plan.imports = told.plan.changes;
    plan.into.draft = await draftOf(target, plan.into.id);
    plan.changes = plan.imports || (publish !== null && !(await isPublished(target, plan.into.id)));
    return { plan, fetched, files: told.files };
  }
  const there = await exportThere(target, plan, limits);
  plan.into.digest = there ? digestOf(there.bot) : null;
  plan.difference = there ? await differenceOf(there.bot, fetched.chosen.bot, promoting) : null;
  plan.imports = !(plan.difference?.same ?? false);
  plan.changes = plan.imports;
  return { plan, fetched, files: undefined };
}

/** The same of what a plan was made of: whether everything is still as it was then. */
export function wantedOf(plan: PromotionPlan): WantedPromotion {
  return {
    from: plan.from,
    to: plan.to,
    bot: plan.bot.id,
    type: plan.type,
    choice: plan.choice,
    into: plan.into?.id,
    isNew: plan.into === null,
    keepId: plan.keepId,
    publish: plan.publish,
    environment: plan.environment?.file,
  };
}

async function botOf(client: Client, wanted: string): Promise<Bot> {
  const id = await client.bots.idOf(wanted);
  for await (const bot of client.bots.all()) if (bot._id === id) return bot;
  // The list of an app may be shorter than what it may export.
  return { _id: id, name: id };
}

/** The bot that is named, or else the one of the same id, or of the same name. */
async function targetOf(client: Client, { into, to }: WantedPromotion, source: Bot): Promise<Bot> {
  if (into !== undefined) return botOf(client, into);
  const bots: Bot[] = [];
  for await (const bot of client.bots.all()) bots.push(bot);
  const same = bots.find(({ _id }) => _id === source._id);
  if (same) return same;
  const [first, second] = bots.filter(({ name }) => name === source.name);
  const words = JSON.stringify(source.name);
  if (!first) throw new BotportError('promotion_target', `${to} has no bot ${words}`);
  if (second) throw new BotportError('promotion_target', `${to} has several bots ${words}`);
  return first;
}

async function refuseThere(client: Client, { to, keepId }: WantedPromotion, source: Bot): Promise<void> {
  for await (const { _id, name } of client.bots.all()) {
    if ((keepId && _id === source._id) || name === source.name) {
      throw new BotportError('promotion_target', `${to} has ${JSON.stringify(name)} (${_id}) already`);
    }
  }
}

/** The plan of the target; undefined where it makes none. */
async function planOnHost(
  client: Client,
  into: string,
  { choice }: PromotionPlan,
  { chosen, sent }: Source,
): Promise<{ plan: ImportPlan; files: ImportFiles } | undefined> {
  try {
    // Asked first, so that nothing is sent to a host that can do nothing with it.
    await client.bots.drafts(into, { limit: 1 });
  } catch (error) {
    if (isOtherHost(error)) return undefined;
    throw error;
  }
  const files = await uploadArchive(client, new Uint8Array(sent.archive));
  return { plan: await planImport(client, files, { into, ...importChoice(choice, chosen.bot) }), files };
}

async function draftOf(client: Client, botId: string): Promise<{ number: number; digest: string } | null> {
  const [draft] = await client.bots.drafts(botId, { limit: 1 });
  return draft ? { number: draft.number, digest: draft.digest } : null;
}

async function isPublished(client: Client, botId: string): Promise<boolean> {
  const [version] = await client.versions.list(botId, { limit: 1 });
  return version?.digest === (await draftOf(client, botId))?.digest;
}

/** The same parts of the target, as they are now; undefined where it has some of them not yet. */
async function exportThere(
  client: Client,
  { into, choice }: PromotionPlan,
  limits: { maxUnpacked: number },
): Promise<FetchedBot | undefined> {
  if (!into) return undefined;
  try {
    return await fetchBot(client, { botId: into.id, body: { ...choice, exportType: 'latest' } }, limits);
  } catch (error) {
    const isChosen = Object.keys(choice).length > 0;
    if (isChosen && error instanceof ClientError && error.type === 'refused') return undefined;
    throw error;
  }
}

async function differenceOf(
  before: LocalBot,
  after: LocalBot,
  { limits, environment }: Promoting,
): Promise<DifferenceReply> {
  const [from, to] = [await takeSnapshot(before, limits), await takeSnapshot(after, limits)];
  const difference = await compareLocal(from, to, mostItems);
  // A secret of the environment can stand anywhere, and a value may be cut off in the middle of it.
  const hides = environment !== undefined && environment.secrets.size > 0;
  return differenceReply.parse({
    ...difference,
    from: { side: 'target', words: 'the target' },
    to: { side: 'source', words: 'what comes in' },
    sections: difference.sections.map((section) => ({
      ...section,
      items: section.items.map((item) => ({
        ...item,
        fields: item.fields.map((field) =>
          hides ? { ...field, before: null, after: null, hidden: true } : field,
        ),
      })),
    })),
  });
}
