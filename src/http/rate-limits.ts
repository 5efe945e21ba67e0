import rateLimit, { type RateLimitOptions } from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';
import { BotportError } from '../errors.ts';
import type { App } from './app.ts';

/** What requests are counted by: one count per bot, per request asked about, or per account. */
export type Level = 'bot' | 'request' | 'account';

/** Counts a request, or throws `rate_limited_minute` or `rate_limited_hour`. */
export type TakeTurn = (request: FastifyRequest, level: Level, key: string) => Promise<void>;

/** Counts kept at once, per level and window; the least recently used go first. */
const cache = 100_000;

export function registerRateLimit(app: App): void {
  app.register(rateLimit, { global: false });
}

/** Needs the plugin of {@link registerRateLimit} to be loaded. */
export function createRateLimits(app: App, limit: Config['rateLimit']): TakeTurn {
  if (limit === null) return async () => undefined;
  const keys = new WeakMap<FastifyRequest, string>();
  const window = (max: number, timeWindow: string) => {
    // Each window has a store of its own, which takes its size from these options.
    const options: RateLimitOptions = {
      max,
      timeWindow,
      cache,
      keyGenerator: (request) => keys.get(request) ?? '',
    };
    return app.createRateLimit(options);
  };
  const windows = () => ({
    minute: window(limit.perMinute, '1 minute'),
    hour: window(limit.perHour, '1 hour'),
  });
  const levels = { bot: windows(), request: windows(), account: windows() };

  return async (request, level, key) => {
    keys.set(request, key);
    const { minute, hour } = levels[level];
    // The hour is only looked at first: a request the minute refuses does not count towards it.
    const left = await hour(request, { increment: false });
    if (!left.isAllowed && left.remaining === 0) throw refused('rate_limited_hour', left.ttlInSeconds);
    const now = await minute(request);
    if (!now.isAllowed && now.isExceeded) throw refused('rate_limited_minute', now.ttlInSeconds);
    const total = await hour(request);
    if (!total.isAllowed && total.isExceeded) throw refused('rate_limited_hour', total.ttlInSeconds);
  };
}

function refused(type: 'rate_limited_minute' | 'rate_limited_hour', seconds: number): BotportError {
  return new BotportError(type, undefined, { retryAfter: Math.max(1, seconds) });
}
