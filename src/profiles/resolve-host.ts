import path from 'node:path';
import { ClientError } from '../client/errors.ts';
import { type App, appFor } from './app.ts';
import { type ChosenHost, chooseHost } from './choose-host.ts';
import { type Environment, readProfiles } from './read-profiles.ts';
import { type HostSettings, settingsFor } from './settings.ts';

/** All that is to be known to call a host. */
export interface ResolvedHost extends HostSettings {
  url: string;
  app: App;
}

/**
 * The host that was asked for, with who calls it and how: from the environment and the file of profiles.
 *
 * @throws what reading those throws; `invalid_option` for a URL with a password in it
 */
export function resolveHost(wanted: string | undefined, env: Environment): ResolvedHost {
  const { chosen, folder } = choose(wanted, env);
  const { username, password } = URL.parse(chosen.url) ?? {};
  if (username || password) {
    throw new ClientError('invalid_option', 'the URL of the host has a user or password in it');
  }
  return { url: chosen.url, app: appFor(chosen, env, folder), ...settingsFor(chosen, env, folder) };
}

/** Who calls the host, without how. */
export function resolveApp(wanted: string | undefined, env: Environment): App {
  const { chosen, folder } = choose(wanted, env);
  return appFor(chosen, env, folder);
}

/** Which host is meant, without a secret: its URL, and the name of its profile if it has one. */
export function namedHost(wanted: string | undefined, env: Environment): Pick<ChosenHost, 'url' | 'name'> {
  return choose(wanted, env).chosen;
}

function choose(wanted: string | undefined, env: Environment): { chosen: ChosenHost; folder: string } {
  const profiles = readProfiles(env);
  return { chosen: chooseHost(wanted, env, profiles), folder: path.dirname(profiles.file) };
}
