import { loadConfig } from '../../config.ts';
import { readEnvironment } from '../../environment/read-environment.ts';
import { BotportError } from '../../errors.ts';
import { namedHost } from '../../profiles/resolve-host.ts';
import { applyLater, applyPlan, type Promoted } from '../../promotion/apply-plan.ts';
import { makePlan, type Promoting } from '../../promotion/make-plan.ts';
import type { PromotionPlan, WantedPromotion } from '../../promotion/plan.ts';
import { readPlan, writePlan } from '../../promotion/plan-file.ts';
import { readBotFile } from '../../transfer/bot-file.ts';
import { canAsk, confirm } from '../ask.ts';
import { connect } from '../connect.ts';
import { exitCodes } from '../exit-codes.ts';
import { chosenParts } from '../parts.ts';
import type { PromoteCommandOptions } from '../promote.ts';
import { describePromotion, describePromotionInMarkdown } from './describe-promotion.ts';

/** Runs a promotion and gives the exit code. */
export async function runPromoteCommand(
  bot: string | undefined,
  options: PromoteCommandOptions,
): Promise<number> {
  if (options.apply !== undefined) {
    refuseBeside(bot, options);
    const plan = readPlan(options.apply);
    const done = await applyLater(plan, await promoting(plan, plan.environment?.file), '.');
    return show(plan, done, options);
  }
  const wanted = wantedOf(bot, options);
  if (options.plan === undefined && !options.yes && !canAsk()) {
    throw new BotportError('confirmation_needed', 'or give --plan, and then --apply');
  }
  const how = await promoting(wanted, wanted.environment);
  const planned = await makePlan(wanted, how);
  const { plan } = planned;
  if (options.plan !== undefined) {
    writePlan(options.plan, plan);
    show(plan, undefined, options);
    return plan.changes ? exitCodes.no : exitCodes.done;
  }
  if (plan.changes && !options.yes) {
    console.error(describePromotion(plan).join('\n'));
    if (!(await confirm(`Promote to ${plan.to}?`, {}))) {
      console.error('Nothing was changed.');
      return exitCodes.no;
    }
  }
  return show(plan, await applyPlan(planned, how, '.'), options);
}

/** What a plan says cannot be said again. */
function refuseBeside(
  bot: string | undefined,
  { apply, yes, json, markdown, body, ...others }: PromoteCommandOptions,
) {
  const given = [
    ...(bot === undefined ? [] : ['a bot']),
    ...(Object.keys(body).length > 0 ? ['--body'] : []),
    ...Object.keys(others).map(
      (name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    ),
  ];
  if (given.length > 0) throw wrong(`--apply does what the plan says: not with ${given.join(', ')}`);
}

function wantedOf(bot: string | undefined, options: PromoteCommandOptions): WantedPromotion {
  const file = options.file === undefined ? undefined : readBotFile(options.file);
  const wantedBot = bot ?? file?.bot;
  if (wantedBot === undefined) throw wrong('no bot is given');
  const from = options.from ?? file?.host ?? nameOfUsualHost();
  if (options.to === undefined) throw wrong('say where it goes to: --to');
  if (options.keepId && !options.new) throw wrong('--keep-id is for a --new bot');
  const { exportType, ...choice } = chosenParts({ ...file?.choice, ...options.body }, options);
  if (options.new && Object.keys(choice).length > 0) {
    throw wrong('a new bot gets all there is: no parts with --new');
  }
  return {
    from,
    to: options.to,
    bot: wantedBot,
    type: options.type ?? (exportType === 'latest' ? 'latest' : (file?.type ?? 'published')),
    choice,
    into: options.into,
    isNew: options.new ?? false,
    keepId: options.keepId ?? false,
    publish: options.publish === true ? `Promoted from ${from}` : (options.publish ?? null),
    environment: options.env,
  };
}

async function promoting(
  { from, to }: { from: string; to: string },
  environment: string | undefined,
): Promise<Promoting> {
  return {
    environment: environment === undefined ? undefined : readEnvironment(environment, process.env),
    source: await connect(from),
    target: await connect(to),
    limits: loadConfig(process.env),
  };
}

/** The host that is meant where none is named, as it can be named in a plan. */
function nameOfUsualHost(): string {
  const { name, url } = namedHost(undefined, process.env);
  return name ?? url;
}

function wrong(detail: string): BotportError {
  return new BotportError('promotion_options', detail);
}

/** Prints the plan, and what was done of it. */
function show(
  plan: PromotionPlan,
  done: Promoted | undefined,
  { json, markdown }: PromoteCommandOptions,
): number {
  if (json) {
    console.log(JSON.stringify({ ...plan, ...(done && { done: { ...done, back: done.back ?? null } }) }));
  } else {
    const describe = markdown ? describePromotionInMarkdown : describePromotion;
    console.log(describe(plan, done).join('\n'));
  }
  return exitCodes.done;
}
