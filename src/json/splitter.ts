import { isUtf8 } from 'node:buffer';
import { BotportError, type ErrorName } from '../errors.ts';
import { type LaidOut, maxDepth, readLaidOut } from './layout.ts';

/** A piece of a JSON document whose top level is an object. `text` is the value as it is written, not yet parsed. */
export type Piece =
  /** A member of the top-level object that is no list. */
  | { type: 'value'; key: string; text: string }
  /** The start of a member that is a list; its items follow, then its end. */
  | { type: 'list'; key: string }
  | {
      type: 'item';
      key: string;
      index: number;
      text: string;
      /** Set where the text is in the platform's own form: it is parsed already. */
      laidOut?: LaidOut;
    }
  | { type: 'end'; key: string; count: number };

const ascii = {
  tab: 0x09,
  lineFeed: 0x0a,
  carriageReturn: 0x0d,
  space: 0x20,
  quote: 0x22,
  comma: 0x2c,
  colon: 0x3a,
  openBracket: 0x5b,
  backslash: 0x5c,
  closeBracket: 0x5d,
  openBrace: 0x7b,
  closeBrace: 0x7d,
} as const;

/** The level at which the items of lists stand, and how many spaces that is. */
const itemLevel = 2;
const itemIndent = 8;

/** After so many objects in a row that begin like laid-out ones and are not, or end in another chunk, a list is taken
 * for one that is not: looking for the end of each would take quadratic time. */
const patience = 8;

/** Most members of the document: real ones have about a hundred. */
const mostKeys = 2_000;

const byteOrderMark = [0xef, 0xbb, 0xbf];

/** What the splitter expects next. */
type State =
  | 'document'
  | 'key or end'
  | 'key'
  | 'colon'
  | 'value'
  | 'item or end'
  | 'item'
  | 'comma or end of object'
  | 'comma or end of list'
  | 'nothing';

export interface SplitterLimits {
  /** Most bytes of one piece, as it is written and laid out. */
  maxItem: number;
  /** Most bytes of all pieces together. */
  maxTotal: number;
}

/** What is being captured: a key, or a value of one of the three shapes, which end in different ways. */
type Capture = 'none' | 'string' | 'container' | 'word';

/**
 * Cuts a JSON document into the members of its top-level object and the items of its lists, chunk by chunk, so that
 * a document of any size needs the memory of its largest item. It looks at structure only; whether a piece is
 * well-formed inside is for {@link layOut} to say.
 */
export class Splitter {
  readonly #name: string;
  readonly #limits: SplitterLimits;
  readonly #notAnObject: ErrorName;
  readonly #keys = new Set<string>();
  #state: State = 'document';
  #capture: Capture = 'none';
  #pieces: Buffer[] = [];
  #captured = 0;
  /** Levels of indent that the lines of the captured value need when it is laid out. */
  #layout = 0;
  /** Bytes of the pieces so far, laid out. */
  #total = 0;
  #depth = 0;
  #inString = false;
  /** Backslashes at the very end of what was seen of the current string: an odd number escapes the next byte. */
  #escaped = false;
  #key = '';
  #index = 0;
  #offset = 0;
  #pending: Piece | undefined;
  /** How many more items are tried as laid out. */
  #trust = patience;

  /**
   * @param name what the document is called in errors
   * @param notAnObject the error for a document that is something else
   */
  constructor(name: string, limits: SplitterLimits, notAnObject: ErrorName = 'definition_incomplete') {
    this.#name = name;
    this.#limits = limits;
    this.#notAnObject = notAnObject;
  }

  /** Takes the next chunk; yields the pieces that end in it. */
  *push(chunk: Buffer): Generator<Piece> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#capture !== 'none') {
        const end = this.#scan(chunk, at);
        this.#keep(chunk.subarray(at, end.at));
        at = end.at;
        if (end.done) yield* this.#finish();
        continue;
      }
      const byte = chunk[at] as number;
      if (isSpace(byte)) {
        at += 1;
        continue;
      }
      const laidOut = this.#laidOutItem(chunk, at);
      if (laidOut) {
        at += laidOut.bytes.length;
        yield this.#item(laidOut.text, laidOut);
      } else if (this.#structure(byte, at)) {
        at += 1;
        yield* this.#emitted();
      }
    }
    this.#offset += chunk.length;
  }

  /** To be called after the last chunk. */
  end(): void {
    if (this.#state !== 'nothing') this.#malformed(this.#expected(), this.#offset, 'the end of the file');
  }

  /**
   * The item that begins here, if it is an object in the platform's own form that ends in this chunk. Its end is found
   * by its indent; that the text up to there is a whole value proves that it is the end. This takes a third of the
   * time of looking at every byte.
   */
  #laidOutItem(chunk: Buffer, at: number): LaidOut | undefined {
    if (this.#state !== 'item' && this.#state !== 'item or end') return undefined;
    if (this.#trust === 0 || chunk[at] !== ascii.openBrace || chunk[at + 1] !== ascii.lineFeed)
      return undefined;
    this.#trust -= 1;
    const end = endOfLaidOut(chunk, at);
    if (end === -1) return undefined;
    const size = end - at;
    // The errors are for the other way.
    if (size > this.#limits.maxItem || this.#total + size > this.#limits.maxTotal) return undefined;
    const laidOut = readLaidOut(chunk.subarray(at, end), itemLevel);
    if (!laidOut) return undefined;
    this.#trust = patience;
    this.#total += size;
    return laidOut;
  }

  #item(text: string, laidOut?: LaidOut): Piece {
    this.#state = 'comma or end of list';
    const piece: Piece = { type: 'item', key: this.#key, index: this.#index, text };
    if (laidOut) piece.laidOut = laidOut;
    this.#index += 1;
    return piece;
  }

  /** Handles a byte outside captures: true when it is used up, false when a capture begins at it. */
  #structure(byte: number, at: number): boolean {
    switch (this.#state) {
      case 'document':
        // Editors and shells of Windows like to begin a file with a byte order mark.
        if (byte === byteOrderMark[this.#offset + at]) return true;
        if (byte !== ascii.openBrace)
          throw new BotportError(this.#notAnObject, `${this.#name} is no JSON object`);
        this.#state = 'key or end';
        return true;
      case 'key or end':
        if (byte === ascii.closeBrace) {
          this.#state = 'nothing';
          return true;
        }
        return this.#beginKey(byte, at);
      case 'key':
        return this.#beginKey(byte, at);
      case 'colon':
        if (byte !== ascii.colon) this.#malformed('":"', this.#offset + at);
        this.#state = 'value';
        return true;
      case 'value':
        if (byte === ascii.openBracket) {
          this.#index = 0;
          this.#trust = patience;
          this.#pending = { type: 'list', key: this.#key };
          this.#state = 'item or end';
          return true;
        }
        return this.#begin(byte, at);
      case 'item or end':
        return byte === ascii.closeBracket ? this.#endList() : this.#begin(byte, at);
      case 'item':
        return this.#begin(byte, at);
      case 'comma or end of list':
        if (byte === ascii.closeBracket) return this.#endList();
        if (byte !== ascii.comma) this.#malformed('"," or "]"', this.#offset + at);
        this.#state = 'item';
        return true;
      case 'comma or end of object':
        if (byte === ascii.comma) this.#state = 'key';
        else if (byte === ascii.closeBrace) this.#state = 'nothing';
        else this.#malformed('"," or "}"', this.#offset + at);
        return true;
      case 'nothing':
        return this.#malformed('nothing after the object', this.#offset + at);
    }
  }

  *#emitted(): Generator<Piece> {
    if (this.#pending) {
      const piece = this.#pending;
      this.#pending = undefined;
      yield piece;
    }
  }

  #endList(): true {
    this.#pending = { type: 'end', key: this.#key, count: this.#index };
    this.#state = 'comma or end of object';
    return true;
  }

  #beginKey(byte: number, at: number): false {
    if (byte !== ascii.quote) this.#malformed('a key in double quotes', this.#offset + at);
    this.#state = 'key';
    return this.#begin(byte, at);
  }

  #begin(byte: number, at: number): false {
    if (byte === ascii.quote) this.#capture = 'string';
    else if (byte === ascii.openBrace || byte === ascii.openBracket) this.#capture = 'container';
    else if (
      byte === ascii.closeBrace ||
      byte === ascii.closeBracket ||
      byte === ascii.comma ||
      byte === ascii.colon
    )
      this.#malformed('a value', this.#offset + at);
    else this.#capture = 'word';
    return false;
  }

  /** Runs to the end of the captured value, or of the chunk. */
  #scan(chunk: Buffer, from: number): { at: number; done: boolean } {
    if (this.#capture === 'word') {
      for (let at = from; at < chunk.length; at += 1)
        if (endsWord(chunk[at] as number)) return { at, done: true };
      return { at: chunk.length, done: false };
    }
    let at = from;
    while (at < chunk.length) {
      if (this.#inString) {
        at = this.#string(chunk, at);
        if (!this.#inString && this.#depth === 0) return { at, done: true };
        continue;
      }
      const byte = chunk[at] as number;
      at += 1;
      if (byte === ascii.quote) {
        this.#inString = true;
        this.#escaped = false;
      } else if (byte === ascii.comma) {
        this.#layout += this.#depth;
      } else if (byte === ascii.openBrace || byte === ascii.openBracket) {
        this.#depth += 1;
        this.#layout += 2 * this.#depth;
        if (this.#depth > maxDepth) {
          throw new BotportError('json_too_deep', `${this.#where()}: more than ${maxDepth} levels`);
        }
      } else if (byte === ascii.closeBrace || byte === ascii.closeBracket) {
        this.#depth -= 1;
        if (this.#depth === 0) return { at, done: true };
      }
    }
    return { at, done: false };
  }

  /** Runs to behind the quote that ends the current string, or to the end of the chunk. */
  #string(chunk: Buffer, from: number): number {
    let at = from;
    if (this.#escaped) {
      this.#escaped = false;
      at += 1;
    }
    while (at < chunk.length) {
      const quote = chunk.indexOf(ascii.quote, at);
      const stop = quote === -1 ? chunk.length : quote;
      let slashes = 0;
      while (stop - slashes > at && chunk[stop - slashes - 1] === ascii.backslash) slashes += 1;
      if (quote === -1) {
        this.#escaped = slashes % 2 === 1;
        return chunk.length;
      }
      at = quote + 1;
      if (slashes % 2 === 0) {
        this.#inString = false;
        return at;
      }
    }
    return at;
  }

  #keep(bytes: Buffer): void {
    this.#captured += bytes.length;
    // Deep nesting can make a small text a thousand times larger when it is laid out.
    const { maxItem, maxTotal } = this.#limits;
    const size = Math.max(this.#captured, this.#layout * 4);
    if (size > maxItem) {
      throw new BotportError('json_item_too_large', `${this.#where()} is larger than ${maxItem} bytes`);
    }
    if (this.#total + size > maxTotal) {
      throw new BotportError('json_item_too_large', `${this.#name} is larger than ${maxTotal} bytes`);
    }
    this.#pieces.push(bytes);
  }

  *#finish(): Generator<Piece> {
    const bytes = this.#pieces.length === 1 ? (this.#pieces[0] as Buffer) : Buffer.concat(this.#pieces);
    this.#total += Math.max(this.#captured, this.#layout * 4);
    this.#pieces = [];
    this.#captured = 0;
    this.#layout = 0;
    this.#capture = 'none';
    if (!isUtf8(bytes)) throw new BotportError('json_not_utf8', this.#where());
    const text = bytes.toString('utf8');
    switch (this.#state) {
      case 'key':
        this.#key = this.#readKey(text);
        this.#state = 'colon';
        return;
      case 'value':
        this.#state = 'comma or end of object';
        yield { type: 'value', key: this.#key, text };
        return;
      default:
        yield this.#item(text);
    }
  }

  #readKey(text: string): string {
    let key: string;
    try {
      key = JSON.parse(text) as string;
    } catch {
      return this.#malformed('a well-formed key', this.#offset);
    }
    if (this.#keys.has(key)) {
      throw new BotportError('json_repeated_key', `${this.#name}: ${text.slice(0, 100)} at the top level`);
    }
    if (this.#keys.size >= mostKeys) {
      throw new BotportError('definition_incomplete', `${this.#name} has more than ${mostKeys} members`);
    }
    this.#keys.add(key);
    return key;
  }

  #where(): string {
    if (this.#state === 'key') return `${this.#name}, a key`;
    return this.#state === 'value' ? this.#key : `${this.#key}[${this.#index}]`;
  }

  #expected(): string {
    return this.#capture !== 'none' ? `the rest of ${this.#where()}` : this.#state;
  }

  #malformed(expected: string, offset: number, found = 'other text'): never {
    const near = this.#key === '' ? '' : ` near "${this.#key.slice(0, 100)}"`;
    throw new BotportError(
      'json_malformed',
      `${this.#name}, byte ${offset}${near}: expected ${expected}, found ${found}`,
    );
  }
}

/**
 * Behind the first line that begins with a closing brace as deep as an item; -1 where there is none. Going from line to
 * line is twice as fast as to search for that beginning, which nearly every line shares to its last byte.
 */
function endOfLaidOut(chunk: Buffer, from: number): number {
  let line = chunk.indexOf(ascii.lineFeed, from);
  while (line !== -1) {
    const brace = line + itemIndent + 1;
    if (chunk[brace] === ascii.closeBrace && chunk[brace - 1] === ascii.space) return brace + 1;
    line = chunk.indexOf(ascii.lineFeed, line + 1);
  }
  return -1;
}

function isSpace(byte: number): boolean {
  return (
    byte === ascii.space || byte === ascii.lineFeed || byte === ascii.carriageReturn || byte === ascii.tab
  );
}

function endsWord(byte: number): boolean {
  return isSpace(byte) || byte === ascii.comma || byte === ascii.closeBrace || byte === ascii.closeBracket;
}
