import type { ExplodedFiles } from '../layout.ts';
import { isFileName } from './names.ts';
import { definitionFile, definitionFolder, indexName, markerName, readMarker } from './references.ts';
import { scriptNames } from './scripts.ts';

/** The files at the root of a folder that its marker names. Throws where the text is no marker. */
export function rootFiles(marker: Buffer): string[] {
  return readMarker(String(marker)).members.map(({ file }) => file);
}

/**
 * The files of a folder that are the bot's: those that its marker, its definition, its lists and its items name. All
 * others are somebody else's. Reads what it can of a folder that was damaged.
 */
export function ownPaths(files: ExplodedFiles): Set<string> {
  const own = new Set<string>();
  const add = (folder: string, name: string) => {
    const path = `${folder}${name.normalize('NFC')}`;
    if (!isFileName(name) || !files.has(path) || own.has(path)) return undefined;
    own.add(path);
    return path;
  };
  const textOf = (path: string | undefined) => (path === undefined ? '' : String(files.get(path)));
  const addValue = (folder: string, name: string) => {
    for (const script of scriptNames(textOf(add(folder, name)))) add(folder, script);
  };

  const marker = add('', markerName);
  if (marker === undefined) return own;
  for (const { file } of readMarker(textOf(marker)).members) add('', file);
  const definition = textOf(own.has(definitionFile) ? definitionFile : undefined);
  for (const [, kind, name = ''] of definition.matchAll(/"\$(file|folder)"\s*:\s*"([^"\\]+)"/g)) {
    if (kind === 'file') addValue(`${definitionFolder}/`, name);
    else if (isFileName(name)) {
      const folder = `${definitionFolder}/${name}/`;
      for (const line of textOf(add(folder, indexName)).split('\n')) {
        addValue(folder, line.trim().replace(/ \{.*$/, ''));
      }
    }
  }
  return own;
}
