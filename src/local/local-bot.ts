import { memberNames } from '../archives/members.ts';
import type { BotMember } from '../definition/layout.ts';

/** What a bot on disk is kept as. */
export type LocalKind = 'archive' | 'exploded folder' | 'folder' | 'definition';

/** A bot on disk, read whole. */
export interface LocalBot {
  kind: LocalKind;
  definition: BotMember;
  /** Missing where there is a definition alone, as are icon and scripts. */
  config: BotMember | undefined;
  icon: BotMember | undefined;
  scripts: BotMember[];
  /** All of these, in the order of the archive. */
  members: BotMember[];
}

/** Most bytes of a definition: it is in memory several times over. The largest real ones have about 60 MB. */
const largestDefinition = 256 * 1024 ** 2;

/** Most bytes of each file beside the definition, as an import takes them. */
const largestSideFile = 8 * 1024 ** 2;

/** Most bytes of the file of a bot that is called so. */
export function mostBytesOf(name: string): number {
  return memberNames.definition.test(name) ? largestDefinition : largestSideFile;
}
