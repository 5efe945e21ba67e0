import { BotportError } from '../errors.ts';

/** Deeper than any request of the API, and shallow enough for every later step that recurses. */
const maxDepth = 64;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads the text of a request body. A byte order mark is dropped. Throws `invalid_arguments`. */
export function decodeText(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new BotportError('invalid_arguments', 'body: expected UTF-8 text', { cause });
  }
}

/**
 * Parses a request body. Keys that could reach a prototype are left out as any unknown key is. Throws
 * `invalid_arguments`, saying where the text stops being JSON.
 */
export function parseJson(text: string): unknown {
  refuseDepth(text);
  try {
    // A key can be written with escapes; a text that has neither them nor the key needs no look at each.
    if (!/\\|__proto__/.test(text)) return JSON.parse(text);
    return JSON.parse(text, (key, value: unknown) => (key === '__proto__' ? undefined : value));
  } catch (cause) {
    throw new BotportError('invalid_arguments', `body: expected JSON, ${describeFault(text)}`, { cause });
  }
}

function refuseDepth(text: string): void {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const mark = text[at];
    if (inString) {
      if (mark === '\\') at++;
      else if (mark === '"') inString = false;
    } else if (mark === '"') {
      inString = true;
    } else if (mark === '{' || mark === '[') {
      if (++depth > maxDepth) {
        throw new BotportError('invalid_arguments', `body: expected at most ${maxDepth} levels of nesting`);
      }
    } else if (mark === '}' || mark === ']') {
      depth--;
    }
  }
}

function describeFault(text: string): string {
  const at = faultPosition(text);
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  return at >= text.length
    ? `but it ends too early, at position ${at}`
    : `but met ${JSON.stringify(text.at(at))} at position ${at} (line ${line}, column ${column})`;
}

const token =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these in text.
  /[ \t\r\n]*(?:([{}[\],:])|("[^"\\\0-\x1f]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[^"\\\0-\x1f]*)*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y;
const blank = /[ \t\r\n]*/y;

/** Where the first token is that no JSON text could have there. `JSON.parse` says so only now and then. */
function faultPosition(text: string): number {
  let at = 0;
  const open: ('{' | '[')[] = [];
  let expected: 'value' | 'key' | 'colon' | 'comma' | 'end' = 'value';
  let emptyAllowed = false;
  for (;;) {
    blank.lastIndex = at;
    blank.test(text);
    const start = blank.lastIndex;
    token.lastIndex = at;
    const match = token.exec(text);
    if (match === null) return start;
    const [, mark, string] = match;
    const closes = (mark === '}' && open.at(-1) === '{') || (mark === ']' && open.at(-1) === '[');
    const mayClose = expected === 'comma' || emptyAllowed;
    emptyAllowed = false;
    if (closes && mayClose) {
      open.pop();
      expected = open.length === 0 ? 'end' : 'comma';
    } else if (expected === 'value' && (mark === '{' || mark === '[')) {
      open.push(mark);
      expected = mark === '{' ? 'key' : 'value';
      emptyAllowed = true;
    } else if (expected === 'value' && mark === undefined) {
      expected = open.length === 0 ? 'end' : 'comma';
    } else if (expected === 'key' && string !== undefined) {
      expected = 'colon';
    } else if (expected === 'colon' && mark === ':') {
      expected = 'value';
    } else if (expected === 'comma' && mark === ',') {
      expected = open.at(-1) === '{' ? 'key' : 'value';
    } else {
      return start;
    }
    at = token.lastIndex;
  }
}
