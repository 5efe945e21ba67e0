import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readSecret, type SecretPlaces } from '../environment/secret-value.ts';
import { BotportError } from '../errors.ts';
import type { ChosenHost } from './choose-host.ts';
import { type Profile, timeoutSeconds } from './profile.ts';
import type { Environment } from './read-profiles.ts';

/** How a host is reached. */
export interface HostSettings {
  /** URL of a proxy; without one, HTTPS_PROXY and HTTP_PROXY of the environment count. */
  proxy: string | undefined;
  /** Certificates, as PEM. */
  ca: string | undefined;
  /** Milliseconds until a reply has to be there. */
  timeout: number | undefined;
}

/** Reads what environment and profile say of a host. Throws `setting_invalid`, `secret_missing`, `secret_exposed`. */
export function settingsFor(
  { profile, isNamed }: ChosenHost,
  env: Environment,
  folder: string,
): HostSettings {
  const own = profile ? settingsOfProfile(profile, { env, folder }) : none;
  const general = settingsOfEnvironment(env);
  const [first, second] = isNamed ? [own, general] : [general, own];
  const hasProxies = ['HTTPS_PROXY', 'HTTP_PROXY'].some((name) => env[name] || env[name.toLowerCase()]);
  return {
    proxy: hasProxies && !isNamed ? undefined : own.proxy,
    ca: first.ca ?? second.ca,
    timeout: first.timeout ?? second.timeout,
  };
}

const none: HostSettings = { proxy: undefined, ca: undefined, timeout: undefined };

/** What a profile says. Throws `setting_invalid`, `secret_missing`, `secret_exposed`. */
export function settingsOfProfile({ proxy, ca, timeout }: Profile, places: SecretPlaces): HostSettings {
  return {
    proxy: proxy === undefined ? undefined : readSecret(proxy, places),
    ca: ca === undefined ? undefined : readCertificates(path.resolve(places.folder, ca), 'ca'),
    timeout: timeout === undefined ? undefined : timeout * 1000,
  };
}

function settingsOfEnvironment(env: Environment): HostSettings {
  const { BOTPORT_CA: ca, BOTPORT_TIMEOUT: timeout } = env;
  return {
    proxy: undefined,
    ca: ca ? readCertificates(ca, 'BOTPORT_CA') : undefined,
    timeout: timeout ? millisecondsOf(timeout) : undefined,
  };
}

function readCertificates(file: string, setting: string): string {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new BotportError(
    'setting_invalid',
    `${setting}: there are no certificates in the form PEM in ${file}`,
  );
}

function millisecondsOf(text: string): number {
  const parsed = timeoutSeconds.safeParse(/^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined);
  if (parsed.success) return parsed.data * 1000;
  throw new BotportError('setting_invalid', `BOTPORT_TIMEOUT: ${parsed.error.issues[0]?.message}`);
}
