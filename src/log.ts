import { destination, type Logger, type LoggerOptions, pino } from 'pino';

/**
 * The server's log: JSON lines on standard error. Written in the background and dropped, rather than held, when
 * nobody reads them: a full pipe must not stop the server.
 */
export function createLogger(options: LoggerOptions): Logger {
  return pino(options, destination({ dest: 2, sync: false, maxLength: 4 * 1024 ** 2 }));
}
