import path from 'node:path';
import type { SecretValue } from '../environment/secret-value.ts';
import { BotportError } from '../errors.ts';
import { appOfProfile } from './app.ts';
import type { Profile } from './profile.ts';
import type { Environment, Profiles } from './read-profiles.ts';
import { settingsOfProfile } from './settings.ts';

/** A profile, without any secret: only where they are. */
export interface DescribedProfile {
  name: string;
  url: string;
  isDefault: boolean;
  clientId: string | null;
  /** `env NAME` or `file PATH`; null where it has none of its own. */
  secret: string | null;
}

export function describeProfiles(profiles: Profiles): DescribedProfile[] {
  return [...profiles.hosts].map(([name, { url, clientId, clientSecret, token }]) => ({
    name,
    url,
    isDefault: name === profiles.default,
    clientId: clientId ?? null,
    secret: placeOf(clientSecret ?? token),
  }));
}

function placeOf(value: Exclude<SecretValue, string> | undefined): string | null {
  if (!value) return null;
  return 'env' in value ? `env ${value.env}` : `file ${value.file}`;
}

/** What is wrong with each profile: secrets and certificates that are missing or exposed. */
export function checkProfiles(profiles: Profiles, env: Environment): { name: string; faults: string[] }[] {
  const places = { env, folder: path.dirname(profiles.file) };
  return [...profiles.hosts].map(([name, profile]) => ({ name, faults: faultsOf(profile, places) }));
}

function faultsOf(profile: Profile, places: { env: Environment; folder: string }): string[] {
  const { proxy, ca, ...app } = profile;
  const checks = [
    () => appOfProfile(app, places),
    () => settingsOfProfile({ url: profile.url, proxy }, places),
    () => settingsOfProfile({ url: profile.url, ca }, places),
  ];
  return checks.flatMap((check) => {
    try {
      check();
      return [];
    } catch (error) {
      if (error instanceof BotportError) return [error.message];
      throw error;
    }
  });
}
