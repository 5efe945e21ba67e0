import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { Readable } from 'node:stream';
import { readAll, sortMembers } from '../archives/members.ts';
import { type ArchiveSource, openArchive } from '../archives/zip-reader.ts';
import { type LocalBot, mostBytesOf } from './local-bot.ts';

/** Reads the archive of an export. Throws `zip_…`, and `bot_too_large`. */
export async function readArchive(file: string, limits: { maxUnpacked: number }): Promise<LocalBot> {
  const handle = openSync(file, 'r');
  try {
    const archive = await openArchive(sourceOf(file, handle), limits);
    sortMembers(archive);
    const members = [];
    for (const member of archive.members) {
      const content = await readAll(member, mostBytesOf(member.name), 'bot_too_large');
      members.push({ name: member.name, content });
    }
    const { definition, config, icon, scripts } = sortMembers({ members });
    return { definition, config, icon, scripts, members };
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
