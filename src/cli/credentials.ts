import { BotportError } from '../errors.ts';

/** The app a command acts as, from the environment: never from arguments, which other users of the machine can read. */
export function credentials(env: Record<string, string | undefined>): {
  clientId: string;
  clientSecret: string;
} {
  return {
    clientId: required(env, 'BOTPORT_CLIENT_ID', 'the client id'),
    clientSecret: required(env, 'BOTPORT_CLIENT_SECRET', 'the client secret'),
  };
}

function required(env: Record<string, string | undefined>, variable: string, what: string): string {
  const value = env[variable];
  if (value) return value;
  throw new BotportError(
    'setting_invalid',
    `${variable}: expected ${what} that \`botport apps create\` printed`,
  );
}
