import { report } from '../../diffs/report.ts';
import { markdownReport } from '../../diffs/report-markdown.ts';
import type { Promoted } from '../../promotion/apply-plan.ts';
import type { PromotionPlan } from '../../promotion/plan.ts';
import { describePlan, describePlanInMarkdown } from '../describe-plan.ts';

/** A promotion in text: what would be done, or what was. */
export function describePromotion(plan: PromotionPlan, done?: Promoted): string[] {
  return [...head(plan), ...environmentLines(plan), '', ...changes(plan, false), ...endLines(plan, done)];
}

/** The same in Markdown, for a pull request. */
export function describePromotionInMarkdown(plan: PromotionPlan, done?: Promoted): string[] {
  const [title = '', ...rest] = head(plan);
  const list = [...rest, ...environmentLines(plan)].map((line) => `- ${escaped(line.trim())}`);
  return [
    `### ${escaped(title)}`,
    '',
    ...list,
    '',
    ...changes(plan, true),
    ...endLines(plan, done).map((line) => escaped(line)),
  ];
}

function head({ bot, type, from, to, into, keepId, choice }: PromotionPlan): string[] {
  const copy = type === 'latest' ? 'The draft of' : 'The published version of';
  const target = into
    ? `into ${JSON.stringify(into.name)} (${into.id})`
    : `as a new bot${keepId ? ' of the same id' : ''}`;
  const parts = Object.keys(choice).length === 0 ? [] : [`  parts: ${JSON.stringify(choice)}`];
  return [
    `${copy} ${JSON.stringify(bot.name)} (${bot.id})`,
    `  from ${from}`,
    `  ${target} on ${to}`,
    ...parts,
  ];
}

function environmentLines({ environment }: PromotionPlan): string[] {
  if (!environment) return [];
  const { file, variables, urls, secrets, warnings } = environment;
  return [
    `  with ${file}: ${[
      ...(variables.length > 0 ? [`variables ${variables.join(', ')}`] : []),
      ...Object.entries(urls).map(([url, count]) => `${url} ${times(count)}`),
      ...Object.entries(secrets).map(([name, count]) => `secret ${name} ${times(count)}`),
    ].join('; ')}`,
    ...warnings.map((warning) => `  warning: ${warning}`),
  ];
}

function changes(
  { into, plan, difference, imports, changes: any }: PromotionPlan,
  markdown: boolean,
): string[] {
  if (!into) return ['Everything is new.'];
  if (!any) return ['There is nothing to do.'];
  if (!imports) return ['The draft is as it should be.'];
  if (plan) return markdown ? describePlanInMarkdown(plan) : describePlan(plan);
  if (!difference) {
    return ['This host makes no plans, and cannot export these parts yet: what changes cannot be said.'];
  }
  const { from, to, ...rest } = difference;
  const told = { from, to, difference: rest };
  return (markdown ? markdownReport(told) : report(told)).trimEnd().split('\n');
}

function endLines({ publish, changes: any }: PromotionPlan, done: Promoted | undefined): string[] {
  if (!any) return [];
  if (!done) return publish === null ? [] : ['', `Then it is published: ${JSON.stringify(publish)}`];
  const words = [done.imported ? ['imported'] : [], done.published ? ['published'] : []].flat().join(' and ');
  return ['', `${done.botId}: ${words}`, ...(done.back ? [`To go back: ${done.back}`] : [])];
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

/** Names are what people wrote: they are no markup here. */
function escaped(text: string): string {
  return text.replace(/[\\`*_[\]<>|#&~]/g, '\\$&').replaceAll('@', '@\u200b');
}
