import { explodeBot } from '../definition/layout.ts';
import { readArchive } from '../local/read-archive.ts';
import { type FolderChanges, writeFolder } from './write-folder.ts';

/** Takes the bot in an archive apart into a folder. Throws what reading the archive and writing the folder throw. */
export async function explodeArchive(
  archive: string,
  folder: string,
  limits: { maxUnpacked: number },
): Promise<FolderChanges> {
  const { definition, members } = await readArchive(archive, limits);
  return writeFolder(folder, explodeBot(members, definition.name), limits.maxUnpacked);
}
