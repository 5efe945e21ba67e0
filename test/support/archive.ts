import { Readable } from 'node:stream';
import { readAll } from '../../src/archives/members.ts';
import { openArchive } from '../../src/archives/zip-reader.ts';

/** The members of an archive, in their order. */
export async function membersOf(archive: Buffer): Promise<Map<string, Buffer>> {
  const { members } = await openArchive(
    {
      size: archive.length,
      read: async (start, length) => archive.subarray(start, start + length),
      stream: ({ start, end }) => Readable.from([archive.subarray(start, end)]),
    },
    { maxUnpacked: 1e9 },
  );
  const contents = new Map<string, Buffer>();
  for (const member of members) contents.set(member.name, await readAll(member, 1e9));
  return contents;
}

/** The text of a definition without what an export writes anew. */
export function withoutRewritten(text: string): string {
  return text
    .replace(/^( {4}"_id": ).*/m, '$1')
    .replace(/^( {4}"encryptedHash": ).*/m, '$1')
    .replace(/^ {4}"exportOptions": (\{\}|null|[\s\S]*?^ {4}\}),?\n/m, '');
}
