import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { memberNames, sortMembers } from '../archives/members.ts';
import type { BotMember } from '../definition/layout.ts';
import { BotportError } from '../errors.ts';
import { readExploded } from '../exploded/read-exploded.ts';
import { isExploded, readRegular } from '../exploded/read-folder.ts';
import { type LocalBot, type LocalKind, mostBytesOf } from './local-bot.ts';
import { readArchive } from './read-archive.ts';

/** What every zip with something in it begins with (APPNOTE 4.3.7); any other file is taken for a definition. */
const zipStart = 'PK';

/** What the bot at a place is kept as. Throws `bot_not_found`. */
export function kindOf(place: string): LocalKind {
  const found = statSync(place, { throwIfNoEntry: false });
  if (!found) throw new BotportError('bot_not_found', place);
  if (found.isDirectory()) return isExploded(place) ? 'exploded folder' : 'folder';
  // A pipe or device might never end, and can be read only once.
  if (!found.isFile()) throw new BotportError('bot_not_found', `${place} is neither a file nor a folder`);
  return startsAsZip(place) ? 'archive' : 'definition';
}

/**
 * Reads a bot from the archive of an export, from a folder that `explode` made, from a folder with the files of an
 * export, or from a definition alone. Other files in a folder are nobody's business. The path itself may be a link; what
 * a folder holds may not.
 *
 * @throws `bot_not_found`, `bot_too_large`, `zip_…`, `exploded_…`
 */
export async function readLocalBot(place: string, limits: { maxUnpacked: number }): Promise<LocalBot> {
  switch (kindOf(place)) {
    case 'archive':
      return readArchive(place, limits);
    case 'definition':
      return readDefinition(place);
    case 'exploded folder':
      return withParts('exploded folder', readExploded(place, limits));
    case 'folder':
      return withParts('folder', readFiles(place));
  }
}

function withParts(kind: LocalKind, members: BotMember[]): LocalBot {
  const { definition, config, icon, scripts } = sortMembers({ members });
  return { kind, definition, config, icon, scripts, members };
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
  const name = 'botDefinition.json';
  refuseLarge(file, statSync(file).size, name);
  const definition = { name, content: readFileSync(file) };
  return {
    kind: 'definition',
    definition,
    config: undefined,
    icon: undefined,
    scripts: [],
    members: [definition],
  };
}

/** The files of an export in a folder, as unzipping it leaves them there. */
function readFiles(folder: string): BotMember[] {
  const patterns = Object.values(memberNames);
  const own = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && patterns.some((pattern) => pattern.test(entry.name)))
    .map(({ name }) => name)
    .sort();
  if (!own.some((name) => memberNames.definition.test(name))) {
    throw new BotportError('bot_not_found', `${folder} has no botDefinition.json`);
  }
  // Judged by the names before anything is read.
  sortMembers({ members: own.map((name) => ({ name })) });
  return own.map((name) => {
    const { size } = lstatSync(path.join(folder, name));
    refuseLarge(name, size, name);
    const content = readRegular(folder, name, mostBytesOf(name));
    if (!content) throw new BotportError('bot_not_found', `${name} is no longer there`);
    return { name, content };
  });
}

function refuseLarge(file: string, size: number, name: string): void {
  const most = mostBytesOf(name);
  if (size > most) {
    throw new BotportError('bot_too_large', `${file}: ${size} bytes; at most ${most} are read`);
  }
}
