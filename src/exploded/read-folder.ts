import { closeSync, constants, lstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  definitionFolder,
  type ExplodedFiles,
  indexName,
  markerName,
  rootFiles,
} from '../definition/layout.ts';
import { BotportError } from '../errors.ts';

/*
 * Reading and writing are synchronous: a bot is tens of thousands of small files, for which promises take several times
 * as long, and a command has nothing else to do meanwhile.
 */

/** Names an interrupted `explode` leaves behind: what it was about to write and remove. */
export const unfinishedName = 'botport.unfinished';

/** Whether the folder is an exploded bot's, or was about to become one. */
export function isExploded(root: string): boolean {
  return readdirSync(root).some((name) => name === markerName || name === unfinishedName);
}

/** Whether an explode was broken off in the folder. */
export function isExplosionUnfinished(root: string): boolean {
  return readdirSync(root).includes(unfinishedName);
}

/**
 * The files of a folder that could be an exploded bot's: those its marker names, and those in the folder of the
 * definition and one level below. Hidden files are nobody's business, and links are not followed.
 *
 * @throws `exploded_foreign` where it is no such folder, `exploded_unsafe` for links and for more than `maxBytes`
 */
export function readFolder(root: string, maxBytes: number): ExplodedFiles {
  if (!isExploded(root)) throw new BotportError('exploded_foreign', `${root} has no ${markerName}`);
  const files = new Map<string, Buffer>();
  let left = maxBytes;
  const add = (relative: string) => {
    const content = readRegular(root, relative, left);
    if (!content) return;
    left -= content.length;
    files.set(relative.normalize('NFC'), content);
  };
  add(markerName);
  const marker = files.get(markerName);
  for (const name of marker ? rootFiles(marker) : []) add(name);
  const definition = `${definitionFolder}/`;
  if (!isFolder(root, definitionFolder)) return files;
  for (const name of namesIn(root, definition)) {
    if (isJsonOrScript.test(name)) add(`${definition}${name}`);
    else if (isFolder(root, `${definition}${name}`)) {
      const section = `${definition}${name}/`;
      for (const file of namesIn(root, section)) {
        if (isJsonOrScript.test(file) || file === indexName) add(`${section}${file}`);
      }
    }
  }
  return files;
}

const isJsonOrScript = /\.(?:json|js)$/;

/** Whether this is a folder; throws `exploded_unsafe` for a link, wherever it leads. */
export function isFolder(root: string, relative: string): boolean {
  const stat = lstatSync(path.join(root, relative), { throwIfNoEntry: false });
  if (stat?.isSymbolicLink()) throw linked(relative);
  return stat?.isDirectory() ?? false;
}

function namesIn(root: string, folder: string): string[] {
  return readdirSync(path.join(root, folder)).filter((name) => !name.startsWith('.'));
}

/** The content of a file; undefined where there is none. A link, device or pipe is refused. */
export function readRegular(root: string, relative: string, maxBytes: number): Buffer | undefined {
  const file = path.join(root, relative);
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (!found) return undefined;
  if (found.isSymbolicLink()) throw linked(relative);
  if (!found.isFile()) throw new BotportError('exploded_unsafe', `${relative} is no regular file`);
  if (found.size > maxBytes) {
    throw new BotportError(
      'exploded_unsafe',
      `with ${relative} the folder is too large (BOTPORT_MAX_UNPACKED)`,
    );
  }
  // What was looked at might be a link by now. Windows has no such flag.
  const handle = openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    return readFileSync(handle);
  } finally {
    closeSync(handle);
  }
}

function linked(relative: string): BotportError {
  return new BotportError('exploded_unsafe', `${relative} is a link`);
}
