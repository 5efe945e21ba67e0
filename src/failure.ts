import { z } from 'zod';
import { type BotportError, type ErrorName, errors } from './errors.ts';

/** Why a request failed, as it is kept in its row. */
export interface RequestFailure {
  type: ErrorName;
  detail?: string | undefined;
}

const schema = z.object({
  type: z.string().refine((name): name is ErrorName => name in errors),
  detail: z.string().optional(),
});

/** Reads the `failure` column of a request. */
export function parseFailure(column: string | null): RequestFailure | null {
  return column === null ? null : schema.parse(JSON.parse(column));
}

function formatFailure(error: BotportError): string {
  const { type, detail } = error;
  return JSON.stringify({ type, detail } satisfies RequestFailure);
}

/** The columns of a request that has just failed. */
export function failedNow(cause: BotportError) {
  return { status: 'failed' as const, failure: formatFailure(cause), finished_at: Date.now() };
}
