import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { memberNames, sortMembers } from '../archives/members.ts';
import type { BotMember } from '../definition/layout.ts';
import { BotportError } from '../errors.ts';
import { readExploded } from '../exploded/read-exploded.ts';
import { isExploded } from '../exploded/read-folder.ts';
import { type LocalBot, mostBytesOf } from './local-bot.ts';
import { readArchive } from './read-archive.ts';

/** What every zip with something in it begins with (APPNOTE 4.3.7); any other file is taken for a definition. */
const zipStart = 'PK';

/**
 * Reads a bot from the archive of an export, from a folder that `explode` made, from a folder with the files of an
 * export, or from a definition alone. Other files in a folder are nobody's business.
 *
 * @throws `bot_not_found`, `bot_too_large`, `zip_…`, `exploded_…`
 */
export async function readLocalBot(place: string, limits: { maxUnpacked: number }): Promise<LocalBot> {
  const found = statSync(place, { throwIfNoEntry: false });
  if (!found) throw new BotportError('bot_not_found', place);
  if (!found.isDirectory()) {
    return startsAsZip(place) ? readArchive(place, limits) : readDefinition(place);
  }
  return withParts(isExploded(place) ? readExploded(place, limits) : readFiles(place));
}

function withParts(members: BotMember[]): LocalBot {
  const { definition, config, icon, scripts } = sortMembers({ members });
  return { definition, config, icon, scripts, members };
}

function startsAsZip(file: string): boolean {
  const handle = openSync(file, 'r');
  try {
    const start = Buffer.alloc(zipStart.length);
    return readSync(handle, start, 0, start.length, 0) === start.length && String(start) === zipStart;
  } finally {
    closeSync(handle);
  }
}

function readDefinition(file: string): LocalBot {
  const definition = { name: 'botDefinition.json', content: readWhole(file, 'botDefinition.json') };
  return { definition, config: undefined, icon: undefined, scripts: [], members: [definition] };
}

/** The files of an export in a folder, as unzipping it leaves them there. */
function readFiles(folder: string): BotMember[] {
  const names = readdirSync(folder).sort();
  const own = names.filter((name) => Object.values(memberNames).some((pattern) => pattern.test(name)));
  if (!own.some((name) => memberNames.definition.test(name))) {
    throw new BotportError('bot_not_found', `${folder} has no botDefinition.json`);
  }
  return own.map((name) => ({ name, content: readWhole(path.join(folder, name), name) }));
}

function readWhole(file: string, name: string): Buffer {
  const { size } = statSync(file);
  const most = mostBytesOf(name);
  if (size > most)
    throw new BotportError('bot_too_large', `${file}: ${size} bytes; at most ${most} are read`);
  return readFileSync(file);
}
