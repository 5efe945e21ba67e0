/*
 * The two sides of `botport diff`, as they are written on a command line.
 */

/** A bot on disk. */
export interface PathSide {
  kind: 'path';
  /** As it was written. */
  text: string;
}

/** A state of a bot on a host. */
export interface StateSide {
  kind: 'draft' | 'version';
  text: string;
  /** What `--host` would take; undefined where none is written. */
  host: string | undefined;
  /** Id or name. */
  bot: string;
  /** Which draft or version; the newest if undefined. */
  number: number | undefined;
}

/** What an export holds. */
export interface ExportSide {
  kind: 'export';
  text: string;
  host: string | undefined;
  exportId: string;
}

export type HostSide = StateSide | ExportSide;
export type Side = PathSide | HostSide;

/** A host in front is a name, or a URL. What follows it may hold anything: bots are called anything. */
const onHost = /^(?:([^/:\\]+|https?:\/\/.*?)\/)?(draft|version|export):(.+)$/s;

const numbered = /^(.+)@([1-9]\d{0,8})$/s;

/**
 * Reads `draft:BOT`, `version:BOT@2`, `export:ber-…`, each with `HOST/` in front where it is on another host. Anything
 * else is a path; `./` makes one of what would be read as a state.
 */
export function readSide(text: string): Side {
  const [, host, kind, rest] = onHost.exec(text) ?? [];
  if (rest === undefined || host === '.' || host === '..') return { kind: 'path', text };
  if (kind === 'export') return { kind, text, host, exportId: rest };
  if (kind !== 'draft' && kind !== 'version') return { kind: 'path', text };
  const [, bot = rest, number] = numbered.exec(rest) ?? [];
  return { kind, text, host, bot, number: number === undefined ? undefined : Number(number) };
}
