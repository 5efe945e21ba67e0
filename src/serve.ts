import type { AddressInfo } from 'node:net';
import { openBotport } from './botport.ts';
import type { Config } from './config.ts';
import { loggerOptions } from './http/logging.ts';
import { createServer } from './http/server.ts';
import { createLogger } from './log.ts';

/** How long running work may still take when the server is told to stop, in milliseconds. */
const grace = 9_000;

export interface RunningServer {
  /** Where it listens, e.g. `http://127.0.0.1:8080`. */
  url: string;
  /** Finishes what runs, within 10 s, and closes the store. */
  stop(): Promise<void>;
}

/** Starts the server of a data folder and resolves when it answers. */
export async function serve(config: Config): Promise<RunningServer> {
  const logger = createLogger(loggerOptions(config.logLevel));
  const botport = await openBotport(config, logger);
  const server = createServer(botport, logger);
  const stop = async () => {
    const deadline = Date.now() + grace;
    await server.close();
    await botport.close(Math.max(0, deadline - Date.now()));
  };
  try {
    await server.listen({ host: config.host, port: config.port });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: urlOf(server.server.address() as AddressInfo), stop };
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
