import { isObject, readIdentity } from '../definition/item.ts';
import { listSections } from '../definition/sections.ts';
import { layOut } from '../json/layout.ts';
import { type Piece, Splitter } from '../json/splitter.ts';
import { type Finding, finding, findingOf } from './finding.ts';

/** More faults than so many nobody reads. */
const mostFaults = 100;

/** Depth at which values of sections, and items of their lists, stand. */
const [valueLevel, itemLevel] = [1, 2];

/**
 * The faults of a definition, one for each item that has one. An import stops at the first; who mends a file wants to
 * know of all.
 */
export function definitionFaults(
  name: string,
  content: Buffer,
  limits: { maxItem: number; maxUnpacked: number },
): Finding[] {
  const faults: Finding[] = [];
  const splitter = new Splitter(name, { maxItem: limits.maxItem, maxTotal: limits.maxUnpacked });
  const ids = new Map<string, number>();
  try {
    for (const piece of splitter.push(content)) {
      faults.push(...pieceFaults(name, piece, ids));
      if (faults.length >= mostFaults) return faults;
    }
    splitter.end();
  } catch (error) {
    // What stands behind it cannot be told apart.
    faults.push(findingOf(name, error));
  }
  return faults;
}

/** @param ids the places of the ids in the list at hand */
function pieceFaults(name: string, piece: Piece, ids: Map<string, number>): Finding[] {
  if (piece.type === 'list') ids.clear();
  if (piece.type !== 'value' && piece.type !== 'item') return [];
  const where = piece.type === 'item' ? `${piece.key}[${piece.index}]` : piece.key;
  const place = `${name}, ${where}`;
  let value: unknown;
  try {
    value = layOut(piece.text, piece.type === 'item' ? itemLevel : valueLevel, where).value;
  } catch (error) {
    return [findingOf(place, error)];
  }
  if (piece.type === 'value') return [];
  if (listSections.has(piece.key) && !isObject(value)) return [finding('error', place, 'is no object')];
  const { id } = readIdentity(value);
  if (id === undefined) return [];
  const first = ids.get(id);
  if (first !== undefined) {
    return [finding('error', place, `has the same _id as ${piece.key}[${first}]: ${id.slice(0, 100)}`)];
  }
  ids.set(id, piece.index);
  return [];
}
