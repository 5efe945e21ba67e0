import { membersOf } from './archive.ts';
import { type BotSource, type Json, smallDefinition } from './server.ts';

/** The n-th state of a bot that is replaced again and again: all have most in common. */
export function stateOf(n: number): BotSource {
  return {
    definition: JSON.stringify(smallDefinition({ sentences: [{ _id: 's', n }], dialogs: dialogs(n) })),
  };
}

function dialogs(n: number): Json[] {
  return Array.from({ length: 30 }, (_, index) => ({
    _id: `dg-${index}`,
    refId: `ref-${index}`,
    localeData: { en: { name: `Dialog ${index}` } },
    nodes: [],
    words: index === n % 30 ? `changed in state ${n}` : 'as ever '.repeat(40),
  }));
}

/** Which state an archive holds. Throws where it is not one of them, whole. */
export async function stateIn(archive: Buffer): Promise<number> {
  const text = String((await membersOf(archive)).get('botDefinition.json'));
  const { _id, exportOptions, encryptedHash, ...kept } = JSON.parse(text);
  const n: number = kept.sentences[0].n;
  const {
    _id: id,
    exportOptions: options,
    encryptedHash: hash,
    ...expected
  } = JSON.parse(String(stateOf(n).definition));
  if (JSON.stringify(kept) !== JSON.stringify(expected)) throw new Error(`the archive is not state ${n}`);
  return n;
}
