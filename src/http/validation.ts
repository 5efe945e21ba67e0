import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';
import { BotportError } from '../errors.ts';

/** Most faults one reply tells of. */
const mostFaults = 5;

/** Checks one part of a request; what does not fit becomes `invalid_arguments`, naming path and expectation. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart }) =>
  (data: unknown) => {
    const result = schema.safeParse(data);
    if (result.success) return { value: result.data };
    const faults = result.error.issues
      .slice(0, mostFaults)
      .map(({ path, message }) => `${nameOf(path) || httpPart}: expected ${message}${missing(data, path)}`);
    return { error: new BotportError('invalid_arguments', faults.join('; ')) };
  };

function nameOf(path: PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}

function missing(data: unknown, path: PropertyKey[]): string {
  let value = data;
  for (const key of path) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  }
  return value === undefined || value === null ? ', but it is missing' : '';
}
