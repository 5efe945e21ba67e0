import type { Edit } from '../definition/texts/edits.ts';
import { places, readSpelled, type Spelling, spell } from '../definition/texts/spelling.ts';
import { type JsonNode, type JsonObject, memberNamed } from '../json/tree.ts';
import { findUrls } from './urls.ts';

/*
 * The addresses of service nodes, which stand in parts: {"protocol": "https", "host": "…", "port": "", "path": "/v1"}.
 */

interface Part {
  text: string;
  start: number;
  end: number;
  spelling: Spelling;
}

/** What of an address, in the parts it has in a node, is replaced; undefined where no beginning fits. */
export function replaceEndpoint(
  written: string,
  node: JsonObject,
  urls: ReadonlyMap<string, string>,
): { from: string; edits: Edit[] } | undefined {
  const read = (name: string) => partOf(written, memberNamed(node, name));
  const [protocol, host, port, path] = [read('protocol'), read('host'), read('port'), read('path')];
  if (!protocol || !host || host.text === '' || host.text.includes('/')) return undefined;
  const origin = `${protocol.text}://${host.text}${port?.text ? `:${port.text}` : ''}`;
  const whole = `${origin}${slashed(path?.text ?? '')}`;
  const found = findUrls(whole, [...urls.keys()])[0];
  if (found?.start !== 0 || found.end < origin.length) return undefined;
  const parts = beginning.exec(urls.get(found.from) ?? '');
  const [, newProtocol = '', newHost = '', newPort = '', newPath = ''] = parts ?? [];
  // A port or a path that has no place in the node would be lost.
  if (!parts || (newPort && !port) || (newPath && !path)) return undefined;
  const edits = [
    edit(protocol, newProtocol),
    edit(host, newHost),
    edit(port, newPort),
    path && pathEdit(path, found.end - origin.length, newPath, written),
  ];
  return { from: found.from, edits: edits.flatMap((one) => one ?? []) };
}

const beginning = /^([a-z][a-z0-9+.-]*):\/\/([^/?#:]*)(?::(\d+))?(.*)$/is;

/** Replaces the first `length` characters of a path, counted with the slash it may lack; the rest stays as it is. */
function pathEdit(path: Part, length: number, text: string, written: string): Edit | undefined {
  const isSlashed = path.text === '' || path.text.startsWith('/');
  const gone = Math.max(0, isSlashed ? length : length - 1);
  const rest = isSlashed || length > 0 ? path.text.slice(gone) : `/${path.text}`;
  const whole = isSlashed ? text + rest : (text + rest).replace(/^\//, '');
  const kept = path.text.slice(gone);
  const end = path.start + places(written.slice(path.start, path.end), path.spelling)(gone);
  const put = whole.slice(0, whole.length - kept.length);
  return put === path.text.slice(0, gone)
    ? undefined
    : { start: path.start, end, text: spell(put, path.spelling) };
}

function slashed(path: string): string {
  return path === '' || path.startsWith('/') ? path : `/${path}`;
}

function partOf(written: string, node: JsonNode | undefined): Part | undefined {
  if (node?.kind !== 'string') return undefined;
  const [start, end] = [node.start + 1, node.end - 1];
  return { ...readSpelled(written.slice(start, end)), start, end };
}

function edit(part: Part | undefined, text: string): Edit | undefined {
  if (!part || part.text === text) return undefined;
  return { start: part.start, end: part.end, text: spell(text, part.spelling) };
}
