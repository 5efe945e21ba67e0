import { existsSync, readFileSync } from 'node:fs';
import { BotportError } from '../errors.ts';
import { replaceFile } from '../exploded/replace-file.ts';
import { type PromotionPlan, promotionPlan } from './plan.ts';

export function writePlan(file: string, plan: PromotionPlan): void {
  replaceFile(file, `${JSON.stringify(plan, null, 2)}\n`);
}

/** Reads a plan. Throws `promotion_plan_invalid`. */
export function readPlan(file: string): PromotionPlan {
  if (!existsSync(file)) throw new BotportError('promotion_plan_invalid', `there is no file ${file}`);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new BotportError('promotion_plan_invalid', `${file} is not JSON`);
  }
  const parsed = promotionPlan.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new BotportError('promotion_plan_invalid', `${file}: ${issue?.path.join('.')}: ${issue?.message}`);
}
