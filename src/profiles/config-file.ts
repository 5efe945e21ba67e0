import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { secretReference, secretValue } from '../environment/secret-value.ts';

/*
 * The file of profiles: what is to be known of each host, under a name. docs/profiles.md describes it.
 */

/** The place of the file: docs/profiles.md#the-file. */
export function configFile(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string {
  if (env.BOTPORT_CONFIG) return env.BOTPORT_CONFIG;
  const usual = platform === 'win32' ? env.APPDATA : env.XDG_CONFIG_HOME;
  // A relative path there is to be ignored: https://specifications.freedesktop.org/basedir/latest/
  const base = usual && path.isAbsolute(usual) ? usual : path.join(homedir(), '.config');
  return path.join(base, 'botport', 'config.yaml');
}

/** Whether a text names a host by its address, not by a profile. */
export function isUrl(text: string): boolean {
  return text.includes('://');
}

/** Why a text is not the address of a host; undefined where it is one. The text itself may hold a password. */
export function faultOfUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) return 'expected an http or https URL';
  if (url.username || url.password) return 'a URL with a user or password in it is not taken';
  if (url.search || url.hash) return 'expected a URL without ? and #';
  return undefined;
}

/** Reasons of ours, said as they are; those of zod get `expected` in front. */
const url = z.string({ error: 'expected a URL' }).superRefine((text, context) => {
  const fault = faultOfUrl(text);
  if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
});

const reference = secretReference.or(
  z
    .string()
    .refine(() => false, {
      error: 'a secret does not stand in this file; write {env: NAME} or {file: PATH} instead',
    })
    .transform((text): never => text as never),
);

/** Seconds, from a tenth on: less is no time for any host. */
export const seconds = z
  .number({ error: 'expected seconds' })
  .min(0.1, 'expected seconds, from 0.1')
  .max(86_400, 'expected seconds, up to 86400');

const text = z.string({ error: 'expected a text' }).min(1, 'expected a text');

export const profile = z.strictObject({
  url,
  clientId: text.optional(),
  clientSecret: reference.optional(),
  algorithm: z.enum(['HS256', 'HS512'], { error: 'expected HS256 or HS512' }).optional(),
  token: reference.optional(),
  ca: text.optional(),
  proxy: secretValue.optional(),
  timeout: seconds.optional(),
});
