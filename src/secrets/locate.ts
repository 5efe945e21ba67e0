import { isObject } from '../definition/item.ts';
import {
  definitionFile,
  definitionFolder,
  indexName,
  markerName,
  readIndex,
  readMarker,
  readReference,
} from '../definition/layout/references.ts';
import type { ExplodedFiles } from '../definition/layout.ts';
import type { Finding } from '../definition/secrets/finding.ts';
import { lineFinder } from '../definition/texts/lines.ts';
import { places, readSpelled } from '../definition/texts/spelling.ts';
import { type JsonNode, memberNamed, readTree } from '../json/tree.ts';
import type { Location } from './scan-path.ts';

/*
 * In which file of an exploded bot a finding stands, and in which line. The bot is scanned as a whole, so that a finding is
 * the same in all forms; here is the way back.
 */

/** Says of findings where in the files they are; undefined where the files do not have them. */
export function fileLocator(files: ExplodedFiles): (finding: Finding) => Location | undefined {
  const texts = new Map<string, { text: string; lineOf: ReturnType<typeof lineFinder> }>();
  const read = (file: string) => {
    const known = texts.get(file);
    if (known) return known;
    const text = files.get(file)?.toString('utf8') ?? '';
    const entry = { text, lineOf: lineFinder(text) };
    texts.set(file, entry);
    return entry;
  };
  const textOf = (file: string) => read(file).text;
  const at = (file: string, offset: number): Location => ({ file, ...read(file).lineOf(offset) });
  /** How the text that was asked for last is written: its findings come one after the other. */
  let last: { node: JsonNode; place: (index: number) => number } | undefined;
  const placeIn = (file: string, node: JsonNode) => {
    if (last?.node === node) return last.place;
    const written = textOf(file).slice(node.start + 1, node.end - 1);
    last = { node, place: places(written, readSpelled(written).spelling) };
    return last.place;
  };
  const members = new Map(readMarker(textOf(markerName)).members.map(({ name, file }) => [name, file]));
  const trees = new Map<string, JsonNode>();
  const treeOf = (file: string) => {
    const known = trees.get(file);
    if (known) return known;
    const text = textOf(file);
    const trimmed = text.trimStart();
    const tree = readTree(trimmed, text.length - trimmed.length, file);
    trees.set(file, tree);
    return tree;
  };

  /** Where a text of a JSON file stands, or the file of its script. */
  const inFile = (file: string, path: Finding['place']['path'], start: number): Location | undefined => {
    const text = textOf(file);
    const node = path.reduce<JsonNode | undefined>(step, treeOf(file));
    if (node?.kind === 'string') {
      return at(file, node.start + 1 + placeIn(file, node)(start));
    }
    const value: unknown = node && JSON.parse(text.slice(node.start, node.end));
    if (!isObject(value) || typeof value.$script !== 'string') return undefined;
    const script = `${file.slice(0, file.lastIndexOf('/') + 1)}${value.$script}`;
    return files.has(script) ? at(script, start) : undefined;
  };

  return ({ place, at: { start } }) => {
    const file = members.get(place.member);
    if (file === undefined) return undefined;
    if (file !== definitionFile) return { file, line: place.line, column: place.column };
    const [section = '', index = 0, ...rest] = place.path;
    const node = step(treeOf(definitionFile), section);
    const value: unknown = node && JSON.parse(textOf(definitionFile).slice(node.start, node.end));
    const reference = isObject(value) ? readReference(value, definitionFile) : undefined;
    if (!reference) return inFile(definitionFile, place.path, start);
    if ('$file' in reference) {
      return inFile(`${definitionFolder}/${reference.$file}`, place.path.slice(1), start);
    }
    const folder = `${definitionFolder}/${reference.$folder}/`;
    const line = readIndex(textOf(`${folder}${indexName}`), folder)[Number(index)];
    return line && inFile(`${folder}${line.file}`, rest, start);
  };
}

function step(node: JsonNode | undefined, key: string | number): JsonNode | undefined {
  if (node?.kind === 'object') return memberNamed(node, String(key));
  return node?.kind === 'list' ? node.items[Number(key)] : undefined;
}
