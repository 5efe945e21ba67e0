import { isObject } from '../item.ts';

/*
 * Scripts stand in a definition as one long text each, percent-encoded as encodeURIComponent does it. They are kept in
 * files of their own, decoded, and the JSON refers to them: {"$script": "check-user-1c0ffee123.script.js"}. A script
 * that is not encoded, or in another way, is kept as it stands: {"$script": "….js", "encoded": false}.
 */

export interface Script {
  /** Name of its file. */
  name: string;
  text: string;
}

/** Fields that hold scripts. */
const scriptFields: ReadonlySet<string> = new Set(['script', 'preProcessor', 'postProcessor', 'code']);

/** The type of a message whose `text` is a script. */
const scriptedMessage = 'uxmap';

/** A script does something; a word, or the point that stands for nothing, is none. */
const looksLikeScript = /[;=({\n]/;

const mayHaveScripts = /"(?:script|preProcessor|postProcessor|code|uxmap)"/;

const reference = /\{\s*"\$script"\s*:\s*("(?:[^"\\\n]|\\.)*")\s*(?:,\s*"encoded"\s*:\s*(true|false)\s*)?\}/g;

/** Whether the text has objects that would be taken for references to scripts. */
export function hasReferences(json: string): boolean {
  return json.includes('"$script"');
}

/** Replaces the scripts in the text of a value by references. `nameOf` names the file of a script by its field. */
export function takeScripts(
  json: string,
  value: unknown,
  nameOf: (field: string) => string,
): { json: string; scripts: Script[] } {
  const scripts: Script[] = [];
  const pieces: string[] = [];
  let at = 0;
  for (const { key, field, text } of mayHaveScripts.test(json) ? findScripts(value) : []) {
    const found = findMember(json, key, text, at);
    // Keys or text are spelled in an unusual way: what is left stays where it is.
    if (!found) break;
    const script = decode(text);
    if (!script) continue;
    const name = nameOf(field);
    scripts.push({ name, text: script.text });
    const encoded = script.encoded ? '' : ', "encoded": false';
    pieces.push(json.slice(at, found.start), `{"$script": ${JSON.stringify(name)}${encoded}}`);
    at = found.end;
  }
  return { json: [...pieces, json.slice(at)].join(''), scripts };
}

/** Puts scripts back where references to them stand. */
export function putScripts(json: string, scriptOf: (name: string) => string): string {
  if (!hasReferences(json)) return json;
  return json.replace(reference, (_, name: string, encoded: string | undefined) => {
    const text = scriptOf(JSON.parse(name) as string);
    return JSON.stringify(encoded === 'false' ? text : encodeURIComponent(text));
  });
}

/** The names of the script files a text refers to. */
export function scriptNames(json: string): string[] {
  return [...json.matchAll(reference)].map(([, name = '""']) => JSON.parse(name) as string);
}

interface FoundScript {
  key: string;
  /** The key, and the language where it is the text of one. */
  field: string;
  text: string;
}

/** Deeper values are left alone; no real one is so deep. */
const deepest = 64;

function* findScripts(value: unknown, language?: string, depth = 0): Generator<FoundScript> {
  if (typeof value !== 'object' || value === null || depth > deepest) return;
  for (const [key, member] of Object.entries(value)) {
    if (typeof member !== 'string') {
      const isLocales = key === 'localeData' && isObject(member);
      if (isLocales) {
        for (const [locale, inner] of Object.entries(member)) yield* findScripts(inner, locale, depth + 2);
      } else yield* findScripts(member, language, depth + 1);
      continue;
    }
    const isScript =
      scriptFields.has(key) || (key === 'text' && isObject(value) && value.type === scriptedMessage);
    if (!isScript || !looksLikeScript.test(decode(member)?.text ?? '')) continue;
    yield { key, field: language === undefined ? key : `${key}-${language}`, text: member };
  }
}

/** Where the text of a member stands, as it is usually spelled. */
function findMember(json: string, key: string, text: string, from: number) {
  const token = JSON.stringify(text);
  for (const colon of [': ', ':']) {
    const name = `${JSON.stringify(key)}${colon}`;
    const found = json.indexOf(name + token, from);
    if (found !== -1) return { start: found + name.length, end: found + name.length + token.length };
  }
  return undefined;
}

function decode(text: string): { text: string; encoded: boolean } | undefined {
  try {
    const decoded = decodeURIComponent(text);
    if (encodeURIComponent(decoded) === text) return { text: decoded, encoded: true };
  } catch {
    // Not percent-encoded.
  }
  return text.isWellFormed() ? { text, encoded: false } : undefined;
}
