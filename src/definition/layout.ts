/**
 * A bot as a folder of small files, and back, byte for byte: for people who keep bots in git. docs/exploded.md
 * describes the folder.
 *
 * Nothing is printed anew. Values are cut out of the text of the definition, and what is left of the text refers to
 * where they went; so whatever spelling, order and layout the text has, putting them back gives the same text. The
 * only changes made for readers are those that can be undone: an indent less, a line broken, a script decoded. Each is
 * undone on the spot to see that it can be (layout/forms.ts).
 */
export { explodeBot } from './layout/explode.ts';
export { isFileName, safeName, slug } from './layout/names.ts';
export { ownPaths, rootFiles } from './layout/own-paths.ts';
export { packBot } from './layout/pack.ts';
export { definitionFolder, indexName, markerName } from './layout/references.ts';

/** A file of an archive. */
export interface BotMember {
  name: string;
  content: Buffer;
}

/** The files of an exploded bot, by their paths in its folder. */
export type ExplodedFiles = ReadonlyMap<string, Buffer>;
