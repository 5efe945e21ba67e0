import { type Client, createClient } from '../client/client.ts';
import { createConnection } from '../client/connection.ts';
import { appTokens } from '../client/token.ts';
import { resolveHost } from '../profiles/resolve-host.ts';

/** A client of the host a command was given, by URL or by profile. docs/profiles.md tells what it acts as. */
export async function connect(host?: string): Promise<Client> {
  const { url, app, proxy, ca, timeout } = resolveHost(host, process.env);
  return createClient({
    host: url,
    token: 'token' in app ? async () => app.token : appTokens(app),
    timeout,
    fetch: createConnection({ proxy, ca, env: process.env }),
  });
}
