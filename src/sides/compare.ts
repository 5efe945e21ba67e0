import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Client } from '../client/client.ts';
import type { ToldDifference, ToldSide } from '../diffs/told.ts';
import { packMembers } from '../exploded/pack.ts';
import { compareLocal } from '../local/compare.ts';
import type { LocalBot } from '../local/local-bot.ts';
import { readLocalBot } from '../local/read-bot.ts';
import { type LocalSnapshot, takeSnapshot } from '../local/snapshot.ts';
import { exportState } from './export-state.ts';
import { isOtherHost } from './is-other-host.ts';
import type { HostSide, Side } from './side.ts';

export interface CompareOptions {
  /** A client of a host, as a side or `--host` names it; undefined is the usual one. */
  connect(host: string | undefined): Promise<Client>;
  /** Most items told one by one. */
  limit: number;
  limits: { maxUnpacked: number; maxItem: number };
  /** Told what takes time. */
  say?: ((words: string) => void) | undefined;
}

/**
 * What one side has other than the other. Where both are on one Botport host, or one of them is a path, the host compares
 * them; else the states are exported from their hosts, and compared here, by the same rules.
 *
 * @throws what reading a bot, the client, and exporting a state throw
 */
export async function compareSides(from: Side, to: Side, options: CompareOptions): Promise<ToldDifference> {
  const hosts = new Set([from, to].flatMap((side) => (side.kind === 'path' ? [] : [side.host])));
  // Before a host is asked for anything.
  const onDisk = new Map<Side, LocalBot>();
  for (const side of [from, to]) {
    if (side.kind === 'path') onDisk.set(side, await readLocalBot(side.text, options.limits));
  }
  const [host] = hosts;
  const client = hosts.size === 1 ? await options.connect(host) : undefined;
  const told = client && (await askHost(client, from, to, onDisk, options));
  return told ?? compareHere(from, to, onDisk, options);
}

/** The host's own answer; undefined where it is none that can compare. */
async function askHost(
  client: Client,
  from: Side,
  to: Side,
  onDisk: ReadonlyMap<Side, LocalBot>,
  { limit, say }: CompareOptions,
): Promise<ToldDifference | undefined> {
  const names = new Map<Side, string>();
  for (const side of [from, to]) if (side.kind !== 'path') names.set(side, await nameOnHost(client, side));
  const nameOf = (side: Side) => names.get(side) ?? '';
  try {
    for (const [side, bot] of onDisk) {
      const [other] = names.values();
      // A state and itself is soon compared: so a large file is only sent to who can do something with it.
      if (other !== undefined) await client.diffs.get(other, other, { limit: 0 });
      say?.(`Sending ${side.text}`);
      names.set(side, `file:${await upload(client, side.text, bot)}`);
    }
    const {
      from: before,
      to: after,
      ...difference
    } = await client.diffs.get(nameOf(from), nameOf(to), { limit });
    return { from: sideIn(from, before.words), to: sideIn(to, after.words), difference };
  } catch (error) {
    if (isOtherHost(error)) return undefined;
    throw error;
  }
}

async function nameOnHost(client: Client, side: HostSide): Promise<string> {
  if (side.kind === 'export') return `export:${side.exportId}`;
  const number = side.number === undefined ? '' : `@${side.number}`;
  return `${side.kind}:${await client.bots.idOf(side.bot)}${number}`;
}

/** Sends a file as it is, and a folder packed. */
async function upload(client: Client, place: string, { kind, members }: LocalBot): Promise<string> {
  const name = path.basename(path.resolve(place));
  const isFile = kind === 'archive' || kind === 'definition';
  return isFile
    ? client.files.upload(name, readFileSync(place))
    : client.files.upload(`${name}.zip`, new Uint8Array(await packMembers(members)));
}

async function compareHere(
  from: Side,
  to: Side,
  onDisk: ReadonlyMap<Side, LocalBot>,
  options: CompareOptions,
): Promise<ToldDifference> {
  const take = async (side: Side) =>
    takeSnapshot(onDisk.get(side) ?? (await fetched(side, options)), options.limits);
  const [before, after] = [await take(from), await take(to)];
  return {
    from: sideIn(from, wordsOf(from, before)),
    to: sideIn(to, wordsOf(to, after)),
    difference: await compareLocal(before, after, options.limit),
  };
}

async function fetched(side: Side, { connect, limits, say }: CompareOptions): Promise<LocalBot> {
  if (side.kind === 'path') return readLocalBot(side.text, limits);
  say?.(`Exporting ${side.text}`);
  return exportState(await connect(side.host), side, limits);
}

/** As a Botport host says it. */
function wordsOf(side: Side, { manifest }: LocalSnapshot): string {
  const name = JSON.stringify(manifest.profile.name);
  if (side.kind === 'path') return '';
  if (side.kind === 'export') return `the export of ${name}`;
  if (side.number !== undefined) return `${side.kind} ${side.number} of ${name}`;
  return side.kind === 'draft' ? `the draft of ${name}` : `the newest version of ${name}`;
}

/** A side as it was written; a path is the same thing to whoever compares it. */
function sideIn(side: Side, words: string): ToldSide {
  if (side.kind !== 'path') return { side: side.text, words };
  const name = JSON.stringify(path.basename(path.resolve(side.text)));
  return { side: side.text, words: `the ${statSync(side.text).isDirectory() ? 'folder' : 'file'} ${name}` };
}
