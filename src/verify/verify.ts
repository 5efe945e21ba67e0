import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { BotportError } from '../errors.ts';
import { packMembers } from '../exploded/pack.ts';
import type { LocalBot, LocalKind } from '../local/local-bot.ts';
import { readLocalBot } from '../local/read-bot.ts';
import { type LocalSnapshot, takeSnapshot } from '../local/snapshot.ts';
import { hashOf, readEcho } from './content-hash.ts';
import { definitionFaults } from './definition-faults.ts';
import { type Finding, finding, findingOf, severities } from './finding.ts';
import { danglingReferences } from './references.ts';
import { sideFileFaults } from './side-files.ts';

/** Whether a bot on disk is whole, and what speaks against it. */
export interface Verification {
  path: string;
  /** Null where it could not be read at all. */
  kind: LocalKind | null;
  /** Whether there is no error. */
  whole: boolean;
  /** SHA-256 of the file; null for a folder. */
  sha256: string | null;
  /** Errors first. */
  findings: Finding[];
}

export interface VerifyOptions {
  limits: { maxUnpacked: number; maxItem: number };
  /** What the SHA-256 of the file has to be. */
  sha256?: string | undefined;
  /** Whether the content has to be what a Botport host exported. */
  unedited?: boolean | undefined;
}

/**
 * Checks a bot on disk as far as it can be without a host: the archive and its checksums, its members, their JSON, ids,
 * the digest a Botport host wrote, and references.
 *
 * @throws `bot_not_found`, and what the file system fails with
 */
export async function verify(path: string, options: VerifyOptions): Promise<Verification> {
  const sha256 = statSync(path, { throwIfNoEntry: false })?.isFile() ? await digestOf(path) : null;
  const findings = digestFaults(path, sha256, options.sha256);
  const bot = await read(path, options.limits, findings);
  if (bot) findings.push(...(await faultsOf(bot, options)));
  const rank = ({ severity }: Finding) => severities.indexOf(severity);
  findings.sort((one, other) => rank(one) - rank(other));
  const whole = findings.every(({ severity }) => severity !== 'error');
  return { path, kind: bot?.kind ?? null, whole, sha256, findings };
}

async function digestOf(file: string): Promise<string> {
  const digest = createHash('sha256');
  await pipeline(createReadStream(file), digest);
  return digest.digest('hex');
}

function digestFaults(path: string, is: string | null, wanted: string | undefined): Finding[] {
  if (wanted === undefined || is === wanted.toLowerCase()) return [];
  const words = is === null ? 'a folder has no digest of its own' : `has the SHA-256 ${is}`;
  return [finding('error', path, `${words}; expected ${wanted.toLowerCase()}`)];
}

async function read(
  path: string,
  limits: { maxUnpacked: number },
  findings: Finding[],
): Promise<LocalBot | undefined> {
  try {
    const bot = await readLocalBot(path, limits);
    // Names that an archive cannot hold show when it is made.
    if (bot.kind === 'exploded folder') await packMembers(bot.members);
    return bot;
  } catch (error) {
    if (error instanceof BotportError && error.type === 'bot_not_found') throw error;
    findings.push(findingOf(path, error));
    return undefined;
  }
}

async function faultsOf(bot: LocalBot, { limits, unedited }: VerifyOptions): Promise<Finding[]> {
  const { name, content } = bot.definition;
  const beside = sideFileFaults(bot);
  const hasConfig = !beside.some(({ place }) => place === bot.config?.name);
  let snapshot: LocalSnapshot;
  try {
    snapshot = await takeSnapshot(hasConfig ? bot : { ...bot, config: undefined }, limits);
  } catch (error) {
    const first = findingOf(name, error);
    const faults = definitionFaults(name, content, limits);
    return [...(faults.length > 0 ? faults : [first]), ...beside];
  }
  const echo = readEcho(name, content);
  return [
    ...beside,
    ...hashFaults(name, hashOf(snapshot), echo.encryptedHash, unedited ?? false),
    ...(await danglingReferences(name, snapshot, echo.exportOptions)),
  ];
}

function hashFaults(name: string, fitting: string, is: unknown, unedited: boolean): Finding[] {
  if (is === fitting) return [];
  const place = `${name}, encryptedHash`;
  if (unedited) {
    const words = is === undefined ? 'is missing' : 'does not fit the content';
    return [finding('error', place, `${words}: no Botport host exported it like this`)];
  }
  if (is === undefined) return [];
  // Only the original knows how it makes its own: from a hash alone nobody can tell the two apart.
  return [finding('note', place, 'not checked: made by another host, or edited since the export')];
}
