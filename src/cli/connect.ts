import { type Client, createClient } from '../client/client.ts';
import { appTokens } from '../client/token.ts';
import { credentials } from './credentials.ts';

/** A client of the host a command was given, as the app the environment names. */
export async function connect(host = 'http://127.0.0.1:8080'): Promise<Client> {
  return createClient({ host, token: appTokens(credentials(process.env)) });
}
