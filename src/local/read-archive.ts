import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { Readable } from 'node:stream';
import { readAll, sortMembers } from '../archives/members.ts';
import { type ArchiveSource, openArchive } from '../archives/zip-reader.ts';
import { type LocalBot, mostBytesOf } from './local-bot.ts';

/** Reads the archive of an export. Throws `zip_…`, and `bot_too_large`. */
export async function readArchive(file: string, limits: { maxUnpacked: number }): Promise<LocalBot> {
  const handle = openSync(file, 'r');
  try {
    return await readFrom(inFile(handle), limits);
  } finally {
    closeSync(handle);
  }
}

/** The same of an archive that is in memory. */
export function readArchiveBytes(bytes: Buffer, limits: { maxUnpacked: number }): Promise<LocalBot> {
  return readFrom(inMemory(bytes), limits);
}

async function readFrom(source: ArchiveSource, limits: { maxUnpacked: number }): Promise<LocalBot> {
  const archive = await openArchive(source, limits);
  sortMembers(archive);
  const members = [];
  for (const member of archive.members) {
    const content = await readAll(member, mostBytesOf(member.name), 'bot_too_large');
    members.push({ name: member.name, content });
  }
  const { definition, config, icon, scripts } = sortMembers({ members });
  return { kind: 'archive', definition, config, icon, scripts, members };
}

function inMemory(bytes: Buffer): ArchiveSource {
  return {
    size: bytes.length,
    read: async (start, length) => bytes.subarray(start, start + length),
    stream: ({ start, end }) => Readable.from([bytes.subarray(start, end)], { objectMode: false }),
  };
}

/** Everything comes from one handle: a file that is replaced meanwhile is read as it was. */
function inFile(handle: number): ArchiveSource {
  const read = (start: number, length: number) => {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(handle, bytes, 0, length, start));
  };
  function* blocks(start: number, end: number): Generator<Buffer> {
    for (let at = start; at < end; at += blockSize) yield read(at, Math.min(blockSize, end - at));
  }
  return {
    size: fstatSync(handle).size,
    read: async (start, length) => read(start, length),
    stream: ({ start, end }) => Readable.from(blocks(start, end), { objectMode: false }),
  };
}

const blockSize = 256 * 1024;
