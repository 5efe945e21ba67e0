import { z } from 'zod';

const count = (what: string) =>
  z.object({
    done: z.int().describe(`${what} that are done.`),
    total: z.int().nullable().describe('Of how many; null while it is not known.'),
  });

/** How far a request is, as Botport's own API shows it. */
export const progress = z
  .object({ bytes: count('Bytes of text'), items: count('Items of lists') })
  .nullable()
  .describe(
    'How far the work is. Of an import: what of the definition is read. Of an export: what of the stored text it takes ' +
      'is put together. Null if the request failed, or ended before Botport kept this.',
  );
