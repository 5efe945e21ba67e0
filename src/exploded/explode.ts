import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { Readable } from 'node:stream';
import { readAll, sortMembers } from '../archives/members.ts';
import { type ArchiveSource, openArchive } from '../archives/zip-reader.ts';
import { type BotMember, explodeBot } from '../definition/layout.ts';
import { type FolderChanges, writeFolder } from './write-folder.ts';

/** Most bytes of a definition: it is in memory several times over. The largest real ones have about 60 MB. */
const largestDefinition = 256 * 1024 ** 2;

/** Most bytes of each file beside the definition, as an import takes them. */
const largestSideFile = 8 * 1024 ** 2;

/** Takes the bot in an archive apart into a folder. Throws what reading the archive and writing the folder throw. */
export async function explodeArchive(
  archive: string,
  folder: string,
  limits: { maxUnpacked: number },
): Promise<FolderChanges> {
  const handle = openSync(archive, 'r');
  try {
    const opened = await openArchive(sourceOf(archive, handle), limits);
    const { definition } = sortMembers(opened);
    const members: BotMember[] = [];
    for (const member of opened.members) {
      const most = member === definition ? largestDefinition : largestSideFile;
      members.push({ name: member.name, content: await readAll(member, most, 'exploded_too_large') });
    }
    return writeFolder(folder, explodeBot(members, definition.name), limits.maxUnpacked);
  } finally {
    closeSync(handle);
  }
}

function sourceOf(file: string, handle: number): ArchiveSource {
  return {
    size: fstatSync(handle).size,
    read: async (start, length) => {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(handle, bytes, 0, length, start));
    },
    stream: ({ start, end }) =>
      start < end ? createReadStream(file, { start, end: end - 1 }) : Readable.from([]),
  };
}
