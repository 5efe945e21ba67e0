import { randomUUID } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { EntryBuilder, packText } from '../archives/entry.ts';
import { sortMembers } from '../archives/members.ts';
import { readRecipe } from '../archives/recipe.ts';
import { nameFault, printableName, repeatedName } from '../archives/zip-reader.ts';
import { archiveRecipe } from '../archives/zip-writer.ts';
import { type BotMember, markerName, packBot } from '../definition/layout.ts';
import { BotportError } from '../errors.ts';
import { isExplosionUnfinished, readFolder, unfinishedName } from './read-folder.ts';

/** Packs an exploded bot into an archive: the same folder gives the same bytes. Returns how many they are. */
export async function packFolder(
  folder: string,
  archive: string,
  limits: { maxUnpacked: number },
): Promise<number> {
  if (isExplosionUnfinished(folder)) {
    throw new BotportError(
      'exploded_damaged',
      `${unfinishedName}: an explode was broken off here; run it again`,
    );
  }
  const members = packBot(readFolder(folder, limits.maxUnpacked));
  refuseForeign(members);
  const bytes = await zip(members);
  replace(archive, bytes);
  return bytes.length;
}

/** The members are those that an import takes. */
function refuseForeign(members: readonly BotMember[]): void {
  const names = members.map(({ name }) => name);
  for (const name of names) {
    const fault = nameFault(name) ?? (name.includes('/') ? 'is a path' : undefined);
    if (fault !== undefined) throw damaged(name, fault);
  }
  const repeated = repeatedName(names);
  if (repeated !== undefined) throw damaged(repeated, 'is there twice');
  sortMembers({
    members: members.map(({ name, content }) => ({
      name,
      size: content.length,
      stream: () => Readable.from([content]),
    })),
  });
}

function damaged(name: string, fault: string): BotportError {
  return new BotportError('exploded_damaged', `${markerName}: ${printableName(name)} ${fault}`);
}

async function zip(members: readonly BotMember[]): Promise<Buffer> {
  const entries = [];
  for (const { name, content } of members) {
    entries.push(await new EntryBuilder().packed(packText(content)).finish(name));
  }
  // Nothing of it comes from a snapshot, so every part of the recipe is bytes.
  const parts = readRecipe(archiveRecipe(entries, '').bytes);
  return Buffer.concat(parts.filter((part) => Buffer.isBuffer(part)));
}

/** The file is there whole, or as it was. */
function replace(file: string, bytes: Buffer): void {
  const partial = `${file}.${randomUUID()}.partial`;
  try {
    writeFileSync(partial, bytes, { flag: 'wx' });
    renameSync(partial, file);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}
