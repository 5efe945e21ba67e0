import { z } from 'zod';

/*
 * The kinds of fields a request has. The `error` of each says what was expected, as it is put behind the field's name
 * in the detail of `invalid_arguments`. `null` counts as left out everywhere.
 */

/** A field that may be left out. */
export function optional<T extends z.ZodType>(schema: T) {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** Text with something in it. */
export const text = (error = 'text') => z.string({ error }).refine((value) => value.trim() !== '', { error });

/** Text where an empty one, as forms send it, counts as left out. */
export const optionalText = (error = 'text') =>
  z
    .string({ error })
    .nullish()
    .transform((value) => value || undefined);

export const textList = z.array(z.string({ error: 'text' }), { error: 'a list of text' });

/** `true` or `false`; some clients send them as text. */
export const flag = z
  .union([z.boolean(), z.enum(['true', 'false'])], { error: 'true or false' })
  .transform((value) => value === true || value === 'true');

const digits = (error: string) => z.string({ error }).regex(/^\d{1,9}$/, { error });

/** A whole number in a query. A value left empty counts as left out. */
export const whole = (error: string, otherwise: number) =>
  z
    .union([z.literal(''), digits(error)], { error })
    .optional()
    .transform((value) => (value ? Number(value) : otherwise));

/**
 * An object checked by `shape`, with its keys in the order they were sent: zod would put the keys it knows first, but
 * the archive echoes them as they came. Unknown keys stay.
 */
export function keepingOrder<T extends z.ZodObject>(shape: T) {
  const { $schema: _, ...description } = z.toJSONSchema(shape, { io: 'input' });
  return z
    .unknown()
    .transform((sent, context): Record<string, unknown> => {
      const result = shape.safeParse(sent);
      if (!result.success) {
        for (const { path, message } of result.error.issues) {
          context.addIssue({ code: 'custom', path, message });
        }
        return z.NEVER;
      }
      const known: Record<string, unknown> = result.data;
      return Object.fromEntries(
        Object.keys(Object(sent))
          .filter((key) => known[key] !== undefined && known[key] !== null)
          .map((key) => [key, known[key]]),
      );
    })
    .meta(description);
}
