import path from 'node:path';
import { z } from 'zod';
import { BotportError } from './errors.ts';

/** Most requests per minute and per hour for one bot, request or account; `null` lifts the limit. */
export interface RateLimit {
  perMinute: number;
  perHour: number;
}

/** Every setting, typed and checked. Sizes are bytes, times are milliseconds unless their name says otherwise. */
export interface Config {
  host: string;
  port: number;
  dataFolder: string;
  /** Base of download links; `undefined` means: the address the client used. */
  publicUrl: string | undefined;
  logLevel: (typeof logLevels)[number];
  rateLimit: RateLimit | null;
  /** Life of a download link, in seconds. */
  linkTtlSeconds: number;
  /** How long an export status may wait for an export that is about to finish. */
  statusHold: number;
  maxBody: number;
  maxUpload: number;
  /** Most bytes an uploaded zip may unpack to. */
  maxUnpacked: number;
  /** Most bytes of one item of a section, or of one section that is no list. */
  maxItem: number;
  /** How long finished exports are kept; `null`: for ever. */
  keepExports: number | null;
  /** How long uploads are kept; `null`: for ever. */
  keepUploads: number | null;
  /** How many drafts, and how many published versions, a bot keeps; `null`: all. */
  keepDrafts: number | null;
  keepVersions: number | null;
  /** How long an old version stays ready to be copied after it was used; `null`: for ever. */
  keepReady: number | null;
  /** How often what is no longer needed is removed; `null`: never. */
  collectEvery: number | null;
  /** Whether webhooks may reach addresses that are not public. */
  webhookPrivate: boolean;
}

const sizeWords = 'a size from 1kB to 1024GB, such as 500kB, 64MB or 2GB';
const size = (bytes: number) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?\s*(B|kB|MB|GB)?$/i, sizeWords)
    .transform(parseSize)
    .refine((value) => value >= 1024 && value <= 1024 ** 4, sizeWords)
    .default(bytes);

const hour = 60 * 60 * 1000;
const units: Record<string, number> = { m: 60 * 1000, h: hour, d: 24 * hour };
const keepWords = (least: string) => `"forever", or a time from ${least} to 36500d, such as 30m, 12h or 30d`;
const keep = (milliseconds: number, least: '0m' | '1m' = '1m') =>
  z
    .string()
    .regex(/^(forever|\d{1,9}[mhd])$/, keepWords(least))
    .transform((text) => (text === 'forever' ? null : parseTime(text)))
    .refine(
      (value) => value === null || (value >= parseTime(least) && value <= 36_500 * 24 * hour),
      keepWords(least),
    )
    .default(milliseconds);

const countWords = '"all", or a whole number from 1 to 1000000';
const count = z
  .string()
  .regex(/^(all|[1-9]\d{0,6})$/, countWords)
  .transform((text) => (text === 'all' ? null : Number(text)))
  .refine((value) => value === null || value <= 1_000_000, countWords)
  .default(null);

const everyWords = '"off", or a time from 1m to 24d, such as 30m, 12h or 1d';

const publicUrlWords = 'an http or https URL without user, query and fragment';

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const whole = (low: number, high: number, what: string) =>
  z
    .string()
    .regex(/^\d+$/, what)
    .transform(Number)
    .refine((value) => value >= low && value <= high, what);

/** The environment variables Botport reads, what each may hold, and what it is when not set. */
const settings = {
  BOTPORT_HOST: z.string().min(1).default('127.0.0.1'),
  BOTPORT_PORT: whole(0, 65535, 'a port number from 0 to 65535').default(8080),
  BOTPORT_DATA: z.string().min(1).default('./botport-data'),
  BOTPORT_PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: publicUrlWords })
    .refine((url) => /^https?:\/\/[^?#@]+$/.test(url), publicUrlWords)
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  BOTPORT_LOG: z.enum(logLevels, { error: `one of ${logLevels.join(', ')}` }).default('info'),
  BOTPORT_RATE_LIMIT: z
    .string()
    .regex(
      /^(off|[1-9]\d{0,8}\/[1-9]\d{0,8})$/,
      '"off", or the most requests per minute and per hour such as 60/1800',
    )
    .transform(parseRateLimit)
    .default({ perMinute: 60, perHour: 1800 }),
  BOTPORT_LINK_TTL: whole(1, 31_536_000, 'whole seconds from 1 to 31536000').default(86_400),
  BOTPORT_STATUS_HOLD: whole(0, 10_000, 'whole milliseconds from 0 to 10000').default(2_000),
  BOTPORT_MAX_BODY: size(1024 ** 2),
  BOTPORT_MAX_UPLOAD: size(1024 ** 3),
  BOTPORT_MAX_UNPACKED: size(2 * 1024 ** 3),
  BOTPORT_MAX_ITEM: size(64 * 1024 ** 2),
  BOTPORT_KEEP_EXPORTS: keep(30 * 24 * hour),
  BOTPORT_KEEP_UPLOADS: keep(24 * hour),
  BOTPORT_KEEP_DRAFTS: count,
  BOTPORT_KEEP_VERSIONS: count,
  BOTPORT_KEEP_READY: keep(hour, '0m'),
  BOTPORT_GC_EVERY: z
    .string()
    .regex(/^(off|\d{1,4}[mhd])$/, everyWords)
    .transform((text) => (text === 'off' ? null : parseTime(text)))
    .refine((value) => value === null || (value >= 60_000 && value <= 24 * 24 * hour), everyWords)
    .default(hour),
  BOTPORT_WEBHOOK_PRIVATE: z.enum(['refuse', 'allow'], { error: '"refuse" or "allow"' }).default('refuse'),
};

/** Reads the settings from environment variables. Throws `setting_invalid` naming the first bad one. */
export function loadConfig(env: Record<string, string | undefined>): Config {
  // A variable set to nothing counts as not set, as compose files and CI systems write it.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const known = z.object(settings).safeParse(given);
  if (!known.success) {
    const issue = known.error.issues[0];
    throw new BotportError('setting_invalid', `${issue?.path.join('.')}: expected ${issue?.message}`);
  }
  const value = known.data;
  return {
    host: value.BOTPORT_HOST,
    port: value.BOTPORT_PORT,
    dataFolder: path.resolve(value.BOTPORT_DATA),
    publicUrl: value.BOTPORT_PUBLIC_URL,
    logLevel: value.BOTPORT_LOG,
    rateLimit: value.BOTPORT_RATE_LIMIT,
    linkTtlSeconds: value.BOTPORT_LINK_TTL,
    statusHold: value.BOTPORT_STATUS_HOLD,
    maxBody: value.BOTPORT_MAX_BODY,
    maxUpload: value.BOTPORT_MAX_UPLOAD,
    maxUnpacked: value.BOTPORT_MAX_UNPACKED,
    maxItem: value.BOTPORT_MAX_ITEM,
    keepExports: value.BOTPORT_KEEP_EXPORTS,
    keepUploads: value.BOTPORT_KEEP_UPLOADS,
    keepDrafts: value.BOTPORT_KEEP_DRAFTS,
    keepVersions: value.BOTPORT_KEEP_VERSIONS,
    keepReady: value.BOTPORT_KEEP_READY,
    collectEvery: value.BOTPORT_GC_EVERY,
    webhookPrivate: value.BOTPORT_WEBHOOK_PRIVATE === 'allow',
  };
}

function parseSize(text: string): number {
  const unit = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 }[
    (/[a-z]+$/i.exec(text)?.[0] ?? 'b').toLowerCase() as 'b' | 'kb' | 'mb' | 'gb'
  ];
  return Math.floor(Number.parseFloat(text) * unit);
}

function parseTime(text: string): number {
  return Number.parseInt(text, 10) * (units[text.slice(-1)] ?? 0);
}

function parseRateLimit(text: string): RateLimit | null {
  if (text === 'off') return null;
  const [perMinute, perHour] = text.split('/').map(Number) as [number, number];
  return { perMinute, perHour };
}
