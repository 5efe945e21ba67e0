import { EntryBuilder, packText } from '../archives/entry.ts';
import { sortMembers } from '../archives/members.ts';
import { readRecipe } from '../archives/recipe.ts';
import { nameFault, printableName, repeatedName } from '../archives/zip-reader.ts';
import { archiveRecipe } from '../archives/zip-writer.ts';
import { type BotMember, markerName } from '../definition/layout.ts';
import { BotportError } from '../errors.ts';
import { readExploded } from './read-exploded.ts';
import { replaceFile } from './replace-file.ts';

/** Packs an exploded bot into an archive: the same folder gives the same bytes. Returns how many they are. */
export async function packFolder(
  folder: string,
  archive: string,
  limits: { maxUnpacked: number },
): Promise<number> {
  const bytes = await packMembers(readExploded(folder, limits));
  replaceFile(archive, bytes);
  return bytes.length;
}

/** An archive of these files: the same ones give the same bytes. Throws where an import would not take them. */
export async function packMembers(members: readonly BotMember[]): Promise<Buffer> {
  refuseForeign(members);
  return zip(members);
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
  sortMembers({ members });
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
