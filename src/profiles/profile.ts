import { z } from 'zod';
import { secretReference, secretValue } from '../environment/secret-value.ts';

/*
 * What the file of profiles may hold. Every fault is said without the value itself, which may be a secret in the wrong
 * place. docs/profiles.md describes the keys.
 */

/** Why a text is not the address of a host; undefined where it is one. */
export function faultOfUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) return 'expected an http or https URL';
  if (url.username || url.password) return 'expected a URL without a user or password in it';
  if (url.search || url.hash) return 'expected a URL without ? and #';
  return undefined;
}

const text = z.string({ error: 'expected a text' }).min(1, 'expected a text');

const url = text.superRefine((value, context) => {
  const fault = faultOfUrl(value);
  if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
});

const reference = z.unknown().transform((value, context) => {
  const parsed = secretReference.safeParse(value);
  if (parsed.success) return parsed.data;
  const message =
    typeof value === 'string'
      ? 'a secret may not stand in this file; write {env: NAME} or {file: PATH}'
      : 'expected {env: NAME} or {file: PATH}';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** A proxy may be asked to let somebody in by name: then its URL holds a password. */
const proxy = secretValue.superRefine((value, context) => {
  if (typeof value !== 'string') return;
  const { protocol = '', password = '' } = URL.parse(value) ?? {};
  if (!/^https?:$/.test(protocol)) {
    context.addIssue({ code: 'custom', message: 'expected an http or https URL' });
  } else if (password) {
    const message = 'a password may not stand in this file; write {env: NAME} or {file: PATH}';
    context.addIssue({ code: 'custom', message });
  }
});

const timeoutWords = 'expected seconds, from 0.1 to 86400';
export const timeoutSeconds = z
  .number({ error: timeoutWords })
  .min(0.1, timeoutWords)
  .max(86_400, timeoutWords);

const keys = {
  url,
  clientId: text.optional(),
  clientSecret: reference.optional(),
  algorithm: z.enum(['HS256', 'HS512'], { error: 'expected HS256 or HS512' }).optional(),
  token: reference.optional(),
  ca: text.optional(),
  proxy: proxy.optional(),
  timeout: timeoutSeconds.optional(),
};

const profile = z
  .strictObject(keys, {
    error: ({ code }) => (code === 'unrecognized_keys' ? undefined : 'expected the keys of a profile'),
  })
  .superRefine((value, context) => {
    const { clientId, clientSecret, token } = value;
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    if ((clientId === undefined) !== (clientSecret === undefined)) {
      refuse('clientId and clientSecret go together');
    }
    if (token !== undefined && clientSecret !== undefined) refuse('expected clientSecret or token, not both');
  });

/** Names that cannot be taken for a URL, a path or an option. */
const name = z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/, 'expected letters, digits, - _ and . in the name');

export const profilesFile = z.strictObject(
  {
    default: text.optional(),
    hosts: z.record(name, profile, { error: 'expected profiles by name' }).default({}),
  },
  {
    error: ({ code }) => (code === 'unrecognized_keys' ? undefined : 'expected the keys default and hosts'),
  },
);

export type Profile = z.infer<typeof profile>;

/** The keys there are: at the top of the file, and of a profile. */
export const knownKeys = { file: Object.keys(profilesFile.shape), profile: Object.keys(keys) };
