import type { Algorithm } from '../auth/make-token.ts';
import { readSecret, type SecretPlaces, type SecretValue } from '../environment/secret-value.ts';
import { BotportError } from '../errors.ts';
import type { ChosenHost } from './choose-host.ts';
import type { Profile } from './profile.ts';
import type { Environment } from './read-profiles.ts';

/** Who a command is to the host: an app, which makes tokens, or whoever a ready token is of. */
export type App = { clientId: string; clientSecret: string; algorithm: Algorithm } | { token: string };

/**
 * The app a command acts as: of the environment, or of the profile of the host; never of another profile. Never from
 * arguments, which other users of the machine can read.
 *
 * @throws `setting_invalid`, `secret_missing`, `secret_exposed`
 */
export function appFor({ profile, isNamed }: ChosenHost, env: Environment, folder: string): App {
  const ofProfile = () => (profile ? appOfProfile(profile, { env, folder }) : undefined);
  const found = isNamed ? (ofProfile() ?? appOfEnvironment(env)) : (appOfEnvironment(env) ?? ofProfile());
  if (found) return found;
  throw missing('BOTPORT_CLIENT_ID', 'the client id');
}

/** All of an app is in the environment, or nothing of it: an id goes with its own secret only. */
function appOfEnvironment(env: Environment): App | undefined {
  const { BOTPORT_TOKEN: token, BOTPORT_CLIENT_ID: clientId } = env;
  if (token) return { token: checkedToken(token, 'BOTPORT_TOKEN') };
  const clientSecret = secretOfEnvironment(env);
  if (!clientId && !clientSecret) return undefined;
  if (!clientId) throw missing('BOTPORT_CLIENT_ID', 'the client id');
  if (!clientSecret) throw missing('BOTPORT_CLIENT_SECRET', 'the client secret');
  return { clientId, clientSecret, algorithm: algorithmOf(env.BOTPORT_ALGORITHM) };
}

function secretOfEnvironment({ BOTPORT_CLIENT_SECRET, BOTPORT_CLIENT_SECRET_FILE: file }: Environment) {
  if (BOTPORT_CLIENT_SECRET || !file) return BOTPORT_CLIENT_SECRET;
  return filled(readSecret({ file }, { env: {}, folder: '.' }), 'the file of BOTPORT_CLIENT_SECRET_FILE');
}

/** What a profile says of an app; undefined where it says nothing. Throws `secret_missing`, `secret_exposed`. */
export function appOfProfile(
  { clientId, clientSecret, algorithm = 'HS256', token }: Profile,
  places: SecretPlaces,
): App | undefined {
  if (token) return { token: checkedToken(filledSecret(token, places), 'the token of the profile') };
  if (clientId === undefined || clientSecret === undefined) return undefined;
  return { clientId, clientSecret: filledSecret(clientSecret, places), algorithm };
}

function filledSecret(value: Exclude<SecretValue, string>, places: SecretPlaces): string {
  const where = 'env' in value ? `the variable ${value.env}` : `the file ${value.file}`;
  return filled(readSecret(value, places), where);
}

function filled(secret: string, where: string): string {
  if (secret === '') throw new BotportError('secret_missing', `${where} is empty`);
  return secret;
}

/** A line break or the like would end the header it goes into. */
function checkedToken(token: string, where: string): string {
  if (/^[\w.~+/=-]+$/.test(token)) return token;
  throw new BotportError('setting_invalid', `${where}: expected a JWT, on one line`);
}

function algorithmOf(text: string | undefined): Algorithm {
  if (!text) return 'HS256';
  if (text === 'HS256' || text === 'HS512') return text;
  throw new BotportError('setting_invalid', 'BOTPORT_ALGORITHM: expected HS256 or HS512');
}

function missing(variable: string, what: string): BotportError {
  return new BotportError(
    'setting_invalid',
    `${variable}: expected ${what} that \`botport apps create\` printed`,
  );
}
