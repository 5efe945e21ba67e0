import { BotportError } from '../errors.ts';
import { maxDepth } from './layout.ts';
import { parseSlice, type Slice } from './slices.ts';

/*
 * A JSON text as values that know where they are written, for who changes a text in places and keeps the rest.
 */

export type JsonNode = JsonObject | JsonList | JsonString | JsonWord;

export interface JsonObject extends Slice {
  kind: 'object';
  /** In their order; a key may be there twice. */
  members: { key: string; value: JsonNode }[];
}

export interface JsonList extends Slice {
  kind: 'list';
  items: JsonNode[];
}

/** A text, from quote to quote. */
export interface JsonString extends Slice {
  kind: 'string';
}

/** A number, `true`, `false` or `null`. */
export interface JsonWord extends Slice {
  kind: 'word';
}

/**
 * The value that a text is, with white space around it at most.
 *
 * @param offset what is added to every place: where the text begins in a longer one
 * @param where what the text is, for errors
 * @throws `json_malformed`, `json_too_deep`
 */
export function readTree(text: string, offset: number, where: string): JsonNode {
  // Whether it is JSON is for the parser that everybody has; what follows only looks for places.
  parseSlice(text, where);
  return new TreeReader(text, offset, where).value(0);
}

/** The value of the last member of that name, which is the one that counts. */
export function memberNamed(node: JsonObject, key: string): JsonNode | undefined {
  return node.members.findLast((member) => member.key === key)?.value;
}

class TreeReader {
  readonly #text: string;
  readonly #offset: number;
  readonly #where: string;
  #at = 0;

  constructor(text: string, offset: number, where: string) {
    this.#text = text;
    this.#offset = offset;
    this.#where = where;
  }

  value(depth: number): JsonNode {
    if (depth > maxDepth) {
      throw new BotportError('json_too_deep', `${this.#where}: more than ${maxDepth} levels`);
    }
    this.#space();
    const start = this.#at;
    const first = this.#text.charCodeAt(start);
    if (first === quote) {
      this.#string();
      return { kind: 'string', ...this.#from(start) };
    }
    if (first === brace) {
      const members = this.#object(depth);
      return { kind: 'object', ...this.#from(start), members };
    }
    if (first === bracket) {
      const items = this.#list(depth);
      return { kind: 'list', ...this.#from(start), items };
    }
    word.lastIndex = start;
    word.test(this.#text);
    this.#at = word.lastIndex;
    return { kind: 'word', ...this.#from(start) };
  }

  #from(start: number): Slice {
    return { start: start + this.#offset, end: this.#at + this.#offset };
  }

  #object(depth: number): JsonObject['members'] {
    const members: JsonObject['members'] = [];
    while (this.#next(closingBrace)) {
      const start = this.#at;
      this.#string();
      const key = textOfToken(this.#text.slice(start, this.#at));
      this.#space();
      // The colon.
      this.#at += 1;
      members.push({ key, value: this.value(depth + 1) });
    }
    return members;
  }

  #list(depth: number): JsonNode[] {
    const items: JsonNode[] = [];
    while (this.#next(closingBracket)) items.push(this.value(depth + 1));
    return items;
  }

  /** Steps over the opening bracket or the comma, to what follows; false behind the closing bracket. */
  #next(close: number): boolean {
    this.#space();
    const found = this.#text.charCodeAt(this.#at);
    this.#at += 1;
    if (found === close) return false;
    this.#space();
    if (this.#text.charCodeAt(this.#at) !== close) return true;
    this.#at += 1;
    return false;
  }

  #string(): void {
    let end = this.#text.indexOf('"', this.#at + 1);
    while (this.#isEscaped(end)) end = this.#text.indexOf('"', end + 1);
    this.#at = end + 1;
  }

  #isEscaped(at: number): boolean {
    let slashes = 0;
    while (this.#text.charCodeAt(at - slashes - 1) === backslash) slashes += 1;
    return slashes % 2 === 1;
  }

  #space(): void {
    for (;;) {
      const found = this.#text.charCodeAt(this.#at);
      if (found !== 0x20 && found !== 0x0a && found !== 0x0d && found !== 0x09) return;
      this.#at += 1;
    }
  }
}

const [quote, backslash] = [0x22, 0x5c];
const [brace, closingBrace, bracket, closingBracket] = [0x7b, 0x7d, 0x5b, 0x5d];
const word = /[\w.+-]+/y;

/** The text that a token from quote to quote stands for. */
export function textOfToken(token: string): string {
  return token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1);
}
