import { isAscii, isUtf8 } from 'node:buffer';
import { BotportError } from '../errors.ts';

/** Deepest nesting Botport takes. */
export const maxDepth = 256;

/** The platform's own indent: one level is four spaces. */
const indentUnit = '    ';

/**
 * Lays JSON text out in the platform's own form, `JSON.stringify(value, null, 4)`, without changing what it says.
 *
 * A plain parse and stringify would change some texts silently: numbers beyond a double are rounded, keys that look
 * like integers move to the front, of repeated keys all but the last disappear. So the result is only taken from it
 * when it provably says the same as the text; else the text is laid out token by token: keys stay in their order,
 * numbers that JavaScript would change stay as written, and a repeated key is refused.
 *
 * @param text JSON
 * @param level how many levels deep the value stands in its file: lines after the first are indented by as much
 * @param where what the text is, for errors, say `dialogs[3]`
 * @returns the value, its text, and whether printing the value gives that text
 * @throws `json_malformed`, `json_too_deep`, `json_repeated_key`
 */
export function layOut(
  text: string,
  level: number,
  where: string,
): { value: unknown; text: string; exact: boolean } {
  let value: unknown;
  try {
    value = JSON.parse(text);
    const canonical = print(value, level);
    if (canonical === text || JSON.stringify(value) === text) {
      return { value, text: canonical, exact: true };
    }
  } catch (error) {
    // A syntax error, or nesting too deep for the stack: the tokens will tell which, and where.
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
  }
  const laidOut = new TokenLayout(text, level, where).run();
  return { value: value ?? JSON.parse(laidOut), text: laidOut, exact: false };
}

/** A value whose text is in the platform's own form already. */
export interface LaidOut {
  value: unknown;
  text: string;
  /** The text in UTF-8. */
  bytes: Buffer;
}

/**
 * What {@link layOut} gives for text that is in that form already; undefined for any other, be it another layout, an
 * error, or nested about as deeply as anything may be.
 */
export function readLaidOut(bytes: Buffer, level: number): LaidOut | undefined {
  const ascii = isAscii(bytes);
  if (!ascii && !isUtf8(bytes)) return undefined;
  // Latin-1 says the same of ASCII, and is read twice as fast.
  const text = bytes.toString(ascii ? 'latin1' : 'utf8');
  if (text.includes(deepest)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return print(value, level) === text ? { value, text, bytes } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The beginning of a line that may be as deep as anything may be. */
const deepest = `\n${indentUnit.repeat(maxDepth)}`;

/**
 * The value in the platform's own form, `level` levels deep. It is printed as what stands so deep, and taken out:
 * that is faster than to indent every line afterwards.
 */
export function print(value: unknown, level: number): string {
  let [wrapped, before, behind] = [value, indentUnit.length * level, 0];
  for (let outer = 0; outer < level; outer += 1) {
    wrapped = [wrapped];
    before += indentUnit.length * outer + 2;
    behind += indentUnit.length * outer + 2;
  }
  const text = JSON.stringify(wrapped, null, indentUnit);
  return level === 0 ? text : text.slice(before, -behind);
}

const whitespace = /[ \t\n\r]*/y;
const numberToken = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const wordToken = /true|false|null/y;

/** JSON (RFC 8259) token by token. */
class TokenLayout {
  readonly #text: string;
  readonly #level: number;
  readonly #where: string;
  #at = 0;

  constructor(text: string, level: number, where: string) {
    this.#text = text;
    this.#level = level;
    this.#where = where;
  }

  run(): string {
    this.#space();
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) this.#malformed('nothing after the value');
    return value;
  }

  #value(depth: number): string {
    if (depth > maxDepth) {
      throw new BotportError(
        'json_too_deep',
        `${this.#where}, ${this.#position()}: more than ${maxDepth} levels`,
      );
    }
    const next = this.#text[this.#at];
    if (next === '{') return this.#object(depth);
    if (next === '[') return this.#array(depth);
    if (next === '"') return this.#string('a value').text;
    const number = this.#take(numberToken);
    if (number !== undefined) return layOutNumber(number);
    return this.#take(wordToken) ?? this.#malformed('a value');
  }

  #object(depth: number): string {
    const keys = new Set<string>();
    return this.#list('{', '}', depth, () => {
      const start = this.#at;
      const key = this.#string('a key in double quotes');
      if (keys.has(key.value)) {
        this.#at = start;
        throw new BotportError(
          'json_repeated_key',
          `${this.#where}, ${this.#position()}: ${key.text.slice(0, 100)}`,
        );
      }
      keys.add(key.value);
      this.#space();
      this.#expect(':');
      this.#space();
      return `${key.text}: ${this.#value(depth + 1)}`;
    });
  }

  #array(depth: number): string {
    return this.#list('[', ']', depth, () => this.#value(depth + 1));
  }

  #list(open: string, close: string, depth: number, member: () => string): string {
    this.#expect(open);
    this.#space();
    if (this.#text[this.#at] === close) {
      this.#at += 1;
      return open + close;
    }
    const line = `\n${indentUnit.repeat(this.#level + depth + 1)}`;
    const members: string[] = [];
    for (;;) {
      members.push(member());
      this.#space();
      if (this.#text[this.#at] === close) break;
      this.#expect(',', `"," or "${close}"`);
      this.#space();
    }
    this.#at += 1;
    return `${open}${line}${members.join(`,${line}`)}\n${indentUnit.repeat(this.#level + depth)}${close}`;
  }

  #string(expected: string): { value: string; text: string } {
    if (this.#text[this.#at] !== '"') this.#malformed(expected);
    let end = this.#text.indexOf('"', this.#at + 1);
    while (end !== -1 && this.#isEscaped(end)) end = this.#text.indexOf('"', end + 1);
    if (end === -1) this.#malformed('a string that ends');
    let value: string;
    try {
      value = JSON.parse(this.#text.slice(this.#at, end + 1)) as string;
    } catch {
      return this.#malformed('a well-formed string');
    }
    this.#at = end + 1;
    return { value, text: JSON.stringify(value) };
  }

  /** Whether the character stands behind an odd number of backslashes. */
  #isEscaped(at: number): boolean {
    let slashes = 0;
    while (this.#text[at - slashes - 1] === '\\') slashes += 1;
    return slashes % 2 === 1;
  }

  #space(): void {
    this.#take(whitespace);
  }

  #take(token: RegExp): string | undefined {
    token.lastIndex = this.#at;
    const match = token.exec(this.#text)?.[0];
    if (match !== undefined) this.#at += match.length;
    return match;
  }

  #expect(character: string, expected = `"${character}"`): void {
    if (this.#text[this.#at] !== character) this.#malformed(expected);
    this.#at += 1;
  }

  #malformed(expected: string): never {
    const found = this.#at < this.#text.length ? 'other text' : 'the end';
    throw new BotportError(
      'json_malformed',
      `${this.#where}, ${this.#position()}: expected ${expected}, found ${found}`,
    );
  }

  #position(): string {
    const before = this.#text.slice(0, this.#at);
    const line = before.split('\n').length;
    return `line ${line} column ${this.#at - before.lastIndexOf('\n')}`;
  }
}

/** As JavaScript prints the number, if that is exactly the number that is written; else as written. */
function layOutNumber(token: string): string {
  const printed = String(Number(token));
  return exactValue(printed) === exactValue(token) ? printed : token;
}

/** One text for each decimal number: sign, digits without zeros at either end, power of ten of the last digit. */
function exactValue(token: string): string | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(token);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const digits = (whole + fraction).replace(/^0+/, '');
  // By hand: a regular expression for the zeros at the end takes quadratic time where others follow them.
  let end = digits.length;
  while (digits[end - 1] === '0') end -= 1;
  if (end === 0) return `${sign}0`;
  return `${sign}${digits.slice(0, end)}e${Number(exponent) - fraction.length + digits.length - end}`;
}
