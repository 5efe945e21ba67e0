import { lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import {
  definitionFolder,
  type ExplodedFiles,
  isFileName,
  markerName,
  ownPaths,
} from '../definition/layout.ts';
import { BotportError } from '../errors.ts';
import { isExploded, isFolder, readFolder, readRegular, unfinishedName } from './read-folder.ts';

/** What became of the files of a folder. */
export interface FolderChanges {
  written: number;
  removed: number;
  unchanged: number;
}

/**
 * Makes a folder hold these files of a bot, and of what it held of a bot before no other.
 *
 * Files that nothing of the old bot names are somebody else's: they stay, and where one is in the way nothing is done
 * at all. Files that are as they should be are not touched. Before anything is changed, a file says what will be; it
 * goes last. So a run that was broken off is seen, and the next one knows its remains.
 *
 * @throws `exploded_foreign` for a folder that holds something else, `exploded_conflict`, `exploded_unsafe`
 */
export function writeFolder(root: string, files: ExplodedFiles, maxBytes: number): FolderChanges {
  mkdirSync(root, { recursive: true });
  const isNew = !isExploded(root);
  if (isNew && readdirSync(root).some((name) => name !== '.git')) {
    throw new BotportError('exploded_foreign', `${root} is not empty`);
  }
  const old: ExplodedFiles = isNew ? new Map() : readFolder(root, maxBytes);
  const own = isNew ? new Set<string>() : new Set([...ownPaths(old), ...unfinished(root)]);
  const write = [...files].filter(([file, content]) => !old.get(file)?.equals(content));
  const remove = [...own].filter((file) => !files.has(file) && old.has(file));
  if (!isNew) refuseConflicts(root, write, own);

  if (write.length + remove.length > 0) {
    const paths = [...write.map(([file]) => file), ...remove];
    const list = `${JSON.stringify(paths)}\n`;
    if (isNew) replaceFile(path.join(root, unfinishedName), list);
    else exchangeFile(root, unfinishedName, list);
    if (!old.has(markerName) && !isThere(root, '.gitattributes')) {
      writeFileSync(path.join(root, '.gitattributes'), gitAttributes, { flag: 'wx' });
    }
    change(root, write, remove);
  }
  for (const name of [partialName, unfinishedName]) {
    if (isThere(root, name)) unlinkSync(path.join(root, name));
  }
  return { written: write.length, removed: remove.length, unchanged: files.size - write.length };
}

/** That git gives the files back as they are, whatever it does to line ends elsewhere. */
const gitAttributes = '* -text\n';

/** The paths a run that was broken off was about to change. */
function unfinished(root: string): string[] {
  const text = readRegular(root, unfinishedName, largestList);
  if (!text) return [];
  const isOwn = (file: string) => {
    const [first, ...rest] = file.split('/');
    return first === definitionFolder && rest.length >= 1 && rest.length <= 2 && rest.every(isFileName);
  };
  try {
    return z
      .array(z.string())
      .parse(JSON.parse(String(text)))
      .filter(isOwn);
  } catch {
    // Broken off while it was written: then nothing else was.
    return [];
  }
}

const largestList = 1024 ** 3;

/** A file that is not the bot's stands where one of its files belongs. */
function refuseConflicts(
  root: string,
  write: readonly (readonly [string, Buffer])[],
  own: ReadonlySet<string>,
): void {
  for (const [file] of write) {
    if (!own.has(file) && file !== markerName && isThere(root, file)) {
      throw new BotportError('exploded_conflict', `${file} is not of the bot that was exploded here`);
    }
  }
}

function change(
  root: string,
  write: readonly (readonly [string, Buffer])[],
  remove: readonly string[],
): void {
  // Removed first: a file system that takes two names for one must not lose the new file with the old one.
  for (const file of remove) unlinkSync(path.join(root, file));
  // Then the marker, in one step: what it names at the root counts as the bot's from then on.
  for (const [file, content] of write.filter(([name]) => name === markerName)) {
    exchangeFile(root, file, content);
  }
  const folders = new Set<string>();
  for (const [file, content] of write.filter(([name]) => name !== markerName)) {
    makeFolders(root, path.posix.dirname(file), folders);
    replaceFile(path.join(root, file), content);
  }
  const emptied = new Set(remove.map((file) => path.posix.dirname(file)).filter((folder) => folder !== '.'));
  for (const folder of emptied) {
    if (readdirSync(path.join(root, folder)).length === 0) rmdirSync(path.join(root, folder));
  }
}

/** The folders above a file, none of which may be a link. */
function makeFolders(root: string, folder: string, made: Set<string>): void {
  if (folder === '.' || made.has(folder)) return;
  makeFolders(root, path.posix.dirname(folder), made);
  if (!isFolder(root, folder)) mkdirSync(path.join(root, folder));
  made.add(folder);
}

/** Writes a file anew: never through a link, and never into a file that has another name elsewhere. */
function replaceFile(file: string, content: Buffer | string): void {
  if (lstatSync(file, { throwIfNoEntry: false })) unlinkSync(file);
  writeFileSync(file, content, { flag: 'wx' });
}

/** The same in one step, for a file at the root: whoever looks finds the old one or the new one. */
function exchangeFile(root: string, file: string, content: Buffer | string): void {
  replaceFile(path.join(root, partialName), content);
  renameSync(path.join(root, partialName), path.join(root, file));
}

const partialName = 'botport.partial';

function isThere(root: string, file: string): boolean {
  const folder = path.posix.dirname(file);
  if (folder !== '.' && !isFolder(root, folder)) return false;
  return lstatSync(path.join(root, file), { throwIfNoEntry: false }) !== undefined;
}
