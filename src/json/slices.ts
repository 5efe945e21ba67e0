import { BotportError } from '../errors.ts';

/*
 * Where the values of a document stand in its text, so that text can be taken out and put back as it is written,
 * however it is laid out. Only the outermost punctuation is judged here; whether a value is well-formed inside is for
 * who parses it.
 */

/** A value in a text: from `start` up to but without `end`. */
export interface Slice {
  start: number;
  end: number;
}

export interface MemberSlice extends Slice {
  key: string;
  /** Where the key begins. */
  keyStart: number;
}

/** An object with white space, and perhaps a byte order mark, around it. */
export interface ObjectSlice extends Slice {
  members: MemberSlice[];
}

/**
 * The members of a document that is an object; a key may be there twice.
 *
 * @param where what the text is, for errors
 * @throws `definition_incomplete` where it is something else, `json_malformed`
 */
export function sliceObject(text: string, where: string): ObjectSlice {
  const scanner = new Scanner(text, where);
  if (text.startsWith('\ufeff')) scanner.at = 1;
  scanner.space();
  const start = scanner.at;
  if (text[start] !== '{') throw new BotportError('definition_incomplete', `${where} is no JSON object`);
  const members: MemberSlice[] = [];
  scanner.list('{', '}', () => {
    const { start: keyStart, end: keyEnd } = scanner.key();
    const key = parseSlice<string>(text.slice(keyStart, keyEnd), where);
    scanner.space();
    scanner.expect(':');
    scanner.space();
    members.push({ key, keyStart, ...scanner.value() });
  });
  const end = scanner.at;
  scanner.space();
  if (scanner.at < text.length) scanner.malformed('nothing after the object');
  return { start, end, members };
}

/** The items of a text that is a list, from bracket to bracket. */
export function sliceList(text: string, where: string): Slice[] {
  const scanner = new Scanner(text, where);
  const items: Slice[] = [];
  scanner.list('[', ']', () => items.push(scanner.value()));
  return items;
}

/** Parses a value. Throws `json_malformed`. */
export function parseSlice<T = unknown>(text: string, where: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new BotportError('json_malformed', `${where}: ${error.message.replaceAll(/\s+/g, ' ')}`);
  }
}

class Scanner {
  readonly #text: string;
  readonly #where: string;
  at = 0;

  constructor(text: string, where: string) {
    this.#text = text;
    this.#where = where;
  }

  list(open: string, close: string, member: () => void): void {
    this.expect(open);
    this.space();
    if (this.#text[this.at] === close) {
      this.at += 1;
      return;
    }
    for (;;) {
      member();
      this.space();
      if (this.#text[this.at] === close) break;
      this.expect(',');
      this.space();
    }
    this.at += 1;
  }

  key(): Slice {
    if (this.#text[this.at] !== '"') this.malformed('a key in double quotes');
    return this.value();
  }

  value(): Slice {
    const start = this.at;
    const first = this.#text[start];
    if (first === '"') this.#string();
    else if (first === '{' || first === '[') this.#container();
    else this.#word();
    return { start, end: this.at };
  }

  space(): void {
    blank.lastIndex = this.at;
    blank.test(this.#text);
    this.at = blank.lastIndex;
  }

  expect(character: string): void {
    if (this.#text[this.at] !== character) this.malformed(`"${character}"`);
    this.at += 1;
  }

  malformed(expected: string): never {
    const before = this.#text.slice(0, this.at);
    const position = `line ${before.split('\n').length} column ${this.at - before.lastIndexOf('\n')}`;
    const found = this.at < this.#text.length ? 'other text' : 'the end';
    throw new BotportError(
      'json_malformed',
      `${this.#where}, ${position}: expected ${expected}, found ${found}`,
    );
  }

  #string(): void {
    let quote = this.#text.indexOf('"', this.at + 1);
    while (quote !== -1 && this.#isEscaped(quote)) quote = this.#text.indexOf('"', quote + 1);
    if (quote === -1) {
      this.at = this.#text.length;
      this.malformed('a string that ends');
    }
    this.at = quote + 1;
  }

  /** Whether the character stands behind an odd number of backslashes. */
  #isEscaped(at: number): boolean {
    let slashes = 0;
    while (this.#text[at - slashes - 1] === '\\') slashes += 1;
    return slashes % 2 === 1;
  }

  #container(): void {
    let depth = 0;
    for (;;) {
      bracketOrQuote.lastIndex = this.at;
      const found = bracketOrQuote.exec(this.#text)?.[0];
      if (found === undefined) {
        this.at = this.#text.length;
        this.malformed('the rest of a value');
      }
      this.at = bracketOrQuote.lastIndex - 1;
      if (found === '"') {
        this.#string();
        continue;
      }
      this.at += 1;
      depth += found === '{' || found === '[' ? 1 : -1;
      if (depth === 0) return;
    }
  }

  #word(): void {
    word.lastIndex = this.at;
    if (!word.test(this.#text)) this.malformed('a value');
    this.at = word.lastIndex;
  }
}

const blank = /[ \t\n\r]*/y;
const word = /[\w.+-]+/y;
const bracketOrQuote = /["{}[\]]/g;
