import { z } from 'zod';
import type { VariableSet } from '../../definition/variables.ts';
import { flag, optional, optionalText, text } from '../fields.ts';

/** Most variables, collections, and values in collections of one import. */
const mostItems = 5_000;
const longestKey = 500;

/** Documents call a bot so, or `stream`, in these paths; clients write both. */
export const pathWords = ['bot', 'stream'] as const;

const key = text('text that is not empty').refine((value) => value.length <= longestKey, {
  error: `at most ${longestKey} characters`,
});
const someText = optional(z.string({ error: 'text' }));
const value = optional(
  z.union([z.string(), z.number(), z.boolean()], { error: 'text, a number, true or false' }),
);

const locale = z.looseObject(
  { value: someText, hint: someText, audioTag: someText },
  { error: 'an object with `value`' },
);

const nameSpace = z.union(
  [
    text(),
    z
      .object({ name: optionalText(), refId: optionalText() })
      .refine(({ name, refId }) => name !== undefined || refId !== undefined),
  ],
  { error: 'an object with `name` and `refId`' },
);

const variable = z
  .object(
    {
      key,
      value,
      hint: someText,
      audioTag: someText,
      variableType: optional(z.enum(['env', 'locale'], { error: 'one of "env", "locale"' })).describe(
        'Left out: `locale` with `localeData`, else `env`.',
      ),
      scope: optional(
        z.enum(['prePopulated', 'askOnInstall', 'hidden'], {
          error: 'one of "prePopulated", "askOnInstall", "hidden"',
        }),
      ),
      localeData: optional(z.record(z.string(), locale, { error: 'an object of languages' })).describe(
        'Values of a content variable, by language.',
      ),
      group: someText,
      propagateValue: optional(flag),
      vNameSpace: optional(z.array(nameSpace, { error: 'a list of name spaces' })),
      isSecured: optional(flag).describe('Its value is never shown.'),
    },
    { error: 'a variable' },
  )
  .transform((sent) => ({
    ...sent,
    variableType: sent.variableType ?? (sent.localeData ? ('locale' as const) : ('env' as const)),
  }));

const collection = z.object(
  { name: text('text that is not empty'), description: someText, refId: text('text that is not empty') },
  { error: 'a collection' },
);

const collectionValue = z.object(
  { key, value, audioTag: someText, refId: text('the refId of a collection') },
  { error: 'the value of a variable in a collection' },
);

/** A list in which nothing is there twice. */
const list = <T extends z.ZodType>(item: T, nameOf: (one: z.output<T>) => string) =>
  optional(
    z
      .array(item, { error: 'a list' })
      .max(mostItems, { error: `at most ${mostItems}` })
      .superRefine((items, context) => {
        const known = new Set<string>();
        for (const [index, one] of items.entries()) {
          const name = nameOf(one);
          if (known.has(name)) {
            context.addIssue({ code: 'custom', path: [index], message: 'nothing that is there before' });
          }
          known.add(name);
        }
      }),
  );

const sets = z.object(
  {
    botVariables: list(variable, (one) => JSON.stringify([one.variableType, one.key])),
    botCollections: list(collection, ({ refId }) => refId),
    botCollectionVariables: list(collectionValue, (one) => JSON.stringify([one.refId, one.key])),
  },
  { error: 'a list of variables, or an object with `botVariables`' },
);

/** The body of the call that imports variables: a list of them, or an object with collections. */
export const variablesBody = z
  .preprocess((sent) => (Array.isArray(sent) ? { botVariables: sent } : sent), sets.nullish())
  .transform((sent): VariableSet | undefined => {
    if (!sent || Object.values(sent).every((found) => found === undefined)) return undefined;
    return {
      variables: sent.botVariables ?? [],
      collections: sent.botCollections ?? [],
      collectionValues: sent.botCollectionVariables ?? [],
    };
  })
  .meta({
    description:
      'A list of variables, or an object with `botVariables`, `botCollections`, `botCollectionVariables`.',
    examples: [
      [
        {
          key: 'host',
          value: 'https://service.example',
          hint: '',
          variableType: 'env',
          scope: 'prePopulated',
        },
      ],
      {
        botVariables: [{ key: 'host', value: 'https://service.example', variableType: 'env' }],
        botCollections: [{ name: 'Staging', description: '', refId: '0c1f3a51-38a8-5252-8bbc-02e9f4a1b2c3' }],
        botCollectionVariables: [
          { key: 'host', value: 'https://staging.example', refId: '0c1f3a51-38a8-5252-8bbc-02e9f4a1b2c3' },
        ],
      },
    ],
  });

const shown = z.array(z.looseObject({}));

export const variableList = z
  .union([shown, z.object({ botVariables: shown, botCollections: shown, botCollectionVariables: shown })])
  .meta({
    description: 'The variables of the draft; with its collections, where it has any.',
    examples: [
      [
        {
          key: 'host',
          value: 'https://service.example',
          hint: '',
          variableType: 'env',
          scope: 'prePopulated',
          group: '',
          propagateValue: false,
          vNameSpace: [{ name: 'default', refId: '89f9432d-bbe6-555b-b8cd-7530f5365735' }],
          isSecured: false,
        },
      ],
    ],
  });

export const variablesImported = z.object({ message: z.string() }).meta({
  description: 'The bot has the variables.',
  examples: [{ message: '2 Variables imported/updated successfully.' }],
});
