import { openAsBlob, statSync } from 'node:fs';
import type { BotMember } from '../definition/layout.ts';
import { placeholdersIn } from '../definition/secrets/placeholders.ts';
import { BotportError } from '../errors.ts';
import { packMembers } from '../exploded/pack.ts';
import { kindOf, readLocalBot } from '../local/read-bot.ts';

/** A bot on disk, as an archive to upload. */
export interface LocalSource {
  archive: Blob;
  /** Whether it brings a config.json of its own; a definition alone does not. */
  hasConfig: boolean;
  /** Names of the secrets for which it has placeholders still, as `botport redact` leaves them. */
  unfilled: string[];
}

/** What an import makes of the files before they go. */
export type Change = (members: readonly BotMember[]) => BotMember[];

/**
 * Opens a bot for upload. An archive goes as it is, piece by piece from its file, unless it is to be changed; what is a
 * folder, or a definition alone, is packed.
 *
 * @throws what `readLocalBot` throws
 */
export async function openLocalSource(
  place: string,
  limits: { maxUnpacked: number },
  change?: Change,
): Promise<LocalSource> {
  if (!change && kindOf(place) === 'archive') {
    return {
      archive: await openAsBlob(place),
      hasConfig: true,
      unfilled: await unfilledInArchive(place, limits),
    };
  }
  const { members, definition, config } = await readLocalBot(place, limits);
  refuseOther(place, definition);
  const all = config ? members : [...members, emptyConfig];
  const sent = change ? change(all) : all;
  const packed = await packMembers(sent);
  return {
    archive: new Blob([new Uint8Array(packed)]),
    hasConfig: config !== undefined,
    unfilled: unfilledIn(sent),
  };
}

/** Bytes of archives that are looked into: few have a tenth of it. */
const largestLookedInto = 64 * 1024 ** 2;

/** An archive that cannot be read is the host's to judge. */
async function unfilledInArchive(place: string, limits: { maxUnpacked: number }): Promise<string[]> {
  if (statSync(place).size > largestLookedInto) return [];
  try {
    return unfilledIn((await readLocalBot(place, limits)).members);
  } catch (error) {
    if (error instanceof BotportError) return [];
    throw error;
  }
}

function unfilledIn(members: readonly BotMember[]): string[] {
  const found = members.flatMap(({ content }) => placeholdersIn(content.toString()));
  return [...new Set(found.map(({ name }) => name))];
}

/** What hosts want beside a definition, and what says nothing. */
const emptyConfig: BotMember = { name: 'config.json', content: Buffer.from('{"envVariables":[]}') };

/** Anything that is no archive is read as a definition: a page of a proxy, say, is none. */
function refuseOther(place: string, { content }: BotMember): void {
  const start = String(content.subarray(0, 1024))
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (!start.startsWith('{')) {
    throw new BotportError('bot_not_found', `${place} is neither an archive nor a definition`);
  }
}
