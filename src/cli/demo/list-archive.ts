import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { readAll, sortMembers } from '../../archives/members.ts';
import { openArchive } from '../../archives/zip-reader.ts';

/** What is in an archive of an export: its members, and how many of what the definition holds. */
export async function listArchive(file: string): Promise<string[]> {
  const bytes = await readFile(file);
  const archive = await openArchive(
    {
      size: bytes.length,
      read: async (start, length) => bytes.subarray(start, start + length),
      stream: ({ start, end }) => Readable.from([bytes.subarray(start, end)]),
    },
    { maxUnpacked: 1024 ** 3 },
  );
  const { definition } = sortMembers(archive);
  const sections = JSON.parse((await readAll(definition, 1024 ** 3)).toString()) as Record<string, unknown>;
  return [
    ...archive.members.map(
      ({ name, size }) => `${name.padEnd(22)} ${size.toLocaleString('en').padStart(10)} bytes`,
    ),
    ...counts(sections),
  ];
}

const shown: Record<string, string> = {
  dialogs: 'dialogs',
  dialogComponents: 'dialog components',
  sentences: 'utterances',
  patterns: 'pattern sets',
  knowledgeTasks: 'knowledge graphs',
  smallTalk: 'small talk languages',
  forms: 'forms',
  widgets: 'widgets',
};

function counts(sections: Record<string, unknown>): string[] {
  const found = Object.entries(shown).flatMap(([key, words]) => {
    const list = sections[key];
    return Array.isArray(list) && list.length > 0 ? [`${list.length} ${words}`] : [];
  });
  return [`${Object.keys(sections).length} sections: ${found.join(', ')}`];
}
