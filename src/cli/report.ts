import { ClientError, type ClientErrorName, clientErrors } from '../client/errors.ts';
import { BotportError, type ErrorName, errors } from '../errors.ts';
import { exitCodes } from './exit-codes.ts';

/**
 * Says what went wrong, and gives the exit code for it. A failure that is known takes a line or two; any other is a
 * fault of ours, worth its stack.
 */
export function report(error: unknown): number {
  if (error instanceof ClientError) {
    console.error(`botport: ${error.message}\n${clientErrors[error.type].remedy}`);
    return codeOfClient[error.type] ?? exitCodes.failed;
  }
  if (error instanceof BotportError) {
    console.error(`botport: ${error.message}\n${errors[error.type].remedy}`);
    return wrongUse.has(error.type) ? exitCodes.usage : exitCodes.failed;
  }
  if (error instanceof Error && ('syscall' in error || 'errcode' in error)) {
    console.error(`botport: ${error.message}`);
  } else {
    console.error(error);
  }
  return exitCodes.failed;
}

const codeOfClient: Partial<Record<ClientErrorName, number>> = {
  refused: exitCodes.refused,
  unauthorized: exitCodes.refused,
  not_offered: exitCodes.refused,
  invalid_option: exitCodes.usage,
  rate_limited: exitCodes.unavailable,
  unavailable: exitCodes.unavailable,
  unreachable: exitCodes.unavailable,
  timed_out: exitCodes.unavailable,
};

/** Failures of what the command was given, before it did anything. */
const wrongUse: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'setting_invalid',
  'app_invalid',
  'confirmation_needed',
  'profiles_invalid',
  'profile_unknown',
  'secret_missing',
  'secret_exposed',
  'backup_options',
  'promotion_options',
  'promotion_plan_invalid',
  'promotion_target',
  'profiles_exposed',
  'variables_file_invalid',
  'bot_file_invalid',
  'import_without_config',
  'environment_invalid',
  'environment_incomplete',
  'baseline_invalid',
  'redact_conflict',
]);
