import type { Profile } from './profile.ts';
import { type Environment, type Profiles, profileOf } from './read-profiles.ts';

/** The host a command works on, and what its profile says, if it has one. */
export interface ChosenHost {
  url: string;
  /** Name of the profile. */
  name: string | undefined;
  profile: Profile | undefined;
  /** Whether the command line names the profile: what it says then goes before the environment, else behind it. */
  isNamed: boolean;
}

/** A server on this machine, as `botport serve` starts it. */
const usualUrl = 'http://127.0.0.1:8080';

/**
 * The host that `--host` names, by URL or by profile; else BOTPORT_URL; else the default of the file. A URL that one
 * profile has stands for that profile.
 *
 * @throws `profile_unknown`
 */
export function chooseHost(wanted: string | undefined, env: Environment, profiles: Profiles): ChosenHost {
  const text = wanted ?? (env.BOTPORT_URL || profiles.default || usualUrl);
  if (!text.includes('://')) {
    const profile = profileOf(profiles, text);
    return { url: profile.url, name: text, profile, isNamed: wanted !== undefined };
  }
  const [found, other] = [...profiles.hosts].filter(([, { url }]) => isSame(url, text));
  // Of several apps on one host, none is meant more than another.
  const [name, profile] = found && !other ? found : [];
  return { url: text, name, profile, isNamed: false };
}

/** Whether two URLs are of one host; a slash at the end does not matter. */
function isSame(a: string, b: string): boolean {
  const plain = (url: string) => (URL.parse(url)?.href ?? url).replace(/\/+$/, '');
  return plain(a) === plain(b);
}
