import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { memberNames } from '../archives/members.ts';
import type { Client } from '../client/client.ts';
import { BotportError } from '../errors.ts';
import { explodeArchive } from '../exploded/explode.ts';
import { replaceFile } from '../exploded/replace-file.ts';
import { readArchive } from '../local/read-archive.ts';
import type { ExportPlace } from './bot-file.ts';
import { exportToFile, type FetchedExport, type FetchOptions, type WantedExport } from './fetch-export.ts';

/** An export in its place; of a folder, how many files were written, removed and left as they were. */
export interface DeliveredExport extends FetchedExport {
  files?: { written: number; removed: number; unchanged: number };
}

/**
 * Exports a bot to its place. Each file is there whole afterwards, or as it was before; where the export fails, nothing
 * is changed at all.
 */
export async function deliverExport(
  client: Client,
  wanted: WantedExport,
  place: ExportPlace,
  { maxUnpacked, ...options }: FetchOptions & { maxUnpacked: number },
): Promise<DeliveredExport> {
  if (place.kind === 'out') return exportToFile(client, wanted, place.path, options);
  if (place.kind === 'folder') refuseForeign(place.path);
  const scratch = mkdtempSync(path.join(tmpdir(), 'botport-'));
  try {
    const archive = path.join(scratch, 'bot.zip');
    const fetched = await exportToFile(client, wanted, archive, options);
    const unpack = place.kind === 'folder' ? unpackArchive : explodeArchive;
    return { ...fetched, files: await unpack(archive, place.path, { maxUnpacked }) };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** Puts the files of an archive into a folder. Those of an earlier export that are no longer of it go. */
async function unpackArchive(
  archive: string,
  folder: string,
  limits: { maxUnpacked: number },
): Promise<{ written: number; removed: number; unchanged: number }> {
  const { members } = await readArchive(archive, limits);
  mkdirSync(folder, { recursive: true });
  const old = new Map(ownFiles(folder).map((name) => [name, readFileSync(path.join(folder, name))]));
  const other = members.filter(({ name, content }) => !old.get(name)?.equals(content));
  for (const { name, content } of other) replaceFile(path.join(folder, name), content);
  for (const { name } of members) old.delete(name);
  for (const name of old.keys()) rmSync(path.join(folder, name));
  return { written: other.length, removed: old.size, unchanged: members.length - other.length };
}

/** The files of an export in a folder: what an import of it would take for the bot's. */
function ownFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && Object.values(memberNames).some((name) => name.test(entry.name)))
    .map(({ name }) => name);
}

/** Files that look like those of an export, in a folder without one, are somebody else's. */
function refuseForeign(folder: string): void {
  const own = ownFiles(folder);
  const [first] = own;
  if (first === undefined || own.some((name) => memberNames.definition.test(name))) return;
  throw new BotportError('export_folder_foreign', path.join(folder, first));
}
