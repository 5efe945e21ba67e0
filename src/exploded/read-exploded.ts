import { type BotMember, packBot } from '../definition/layout.ts';
import { BotportError } from '../errors.ts';
import { isExplosionUnfinished, readFolder, unfinishedName } from './read-folder.ts';

/**
 * The files of the bot that is exploded in a folder. Throws what `readFolder` and `packBot` throw, and
 * `exploded_damaged` where an explode was broken off.
 */
export function readExploded(folder: string, limits: { maxUnpacked: number }): BotMember[] {
  if (isExplosionUnfinished(folder)) {
    throw new BotportError(
      'exploded_damaged',
      `${unfinishedName}: an explode was broken off here; run it again`,
    );
  }
  return packBot(readFolder(folder, limits.maxUnpacked));
}
