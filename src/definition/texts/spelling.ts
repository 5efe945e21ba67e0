/*
 * How a text is spelled where it stands. In JSON some characters are escaped; scripts and messages are, besides,
 * percent-encoded as encodeURIComponent does it. Who changes such a text does so as people read it, and spells only what
 * is new: the rest keeps its spelling.
 */

export interface Spelling {
  /** It stands in a JSON string. */
  json: boolean;
  /** It is percent-encoded. */
  encoded: boolean;
}

export const plainSpelling: Spelling = { json: false, encoded: false };

export interface Readable {
  text: string;
  spelling: Spelling;
}

/** What stands between the quotes of a JSON string, as people read it. */
export function readSpelled(written: string): Readable {
  const text = written.includes('\\') ? (JSON.parse(`"${written}"`) as string) : written;
  const decoded = decode(text);
  return decoded === undefined
    ? { text, spelling: { json: true, encoded: false } }
    : { text: decoded, spelling: { json: true, encoded: true } };
}

/** The text of a percent-encoded one; undefined where it is not encoded, or not as scripts are, throughout. */
function decode(text: string): string | undefined {
  if (!text.includes('%') || /[^\w.!~*'()%-]/.test(text)) return undefined;
  try {
    const decoded = decodeURIComponent(text);
    return encodeURIComponent(decoded) === text ? decoded : undefined;
  } catch {
    // Not percent-encoded.
    return undefined;
  }
}

/** The text as it has to be written. */
export function spell(text: string, { json, encoded }: Spelling): string {
  const inner = encoded ? encodeURIComponent(text.toWellFormed()) : text;
  return json ? JSON.stringify(inner).slice(1, -1) : inner;
}

/**
 * Where each character of a text is written, in order of places asked for: gives, for a place in the text as it is
 * read, the place in the text as it is written.
 */
export function places(written: string, { json, encoded }: Spelling): (index: number) => number {
  if (!json || (!encoded && !written.includes('\\'))) return (index) => index;
  // Read and written, both as far as was gone.
  let [read, at] = [0, 0];
  return (index) => {
    if (index < read) [read, at] = [0, 0];
    while (read < index) {
      if (encoded && written[at] === '%') {
        const [bytes, units] = sequence(Number.parseInt(written.slice(at + 1, at + 3), 16));
        // Nobody cuts a pair of surrogates in two.
        read += units;
        at += 3 * bytes;
      } else {
        at += written[at] !== '\\' ? 1 : written[at + 1] === 'u' ? 6 : 2;
        read += 1;
      }
    }
    return at;
  };
}

/** How many bytes a UTF-8 sequence has, and how many units of UTF-16 it stands for, by its first byte. */
function sequence(first: number): [bytes: number, units: number] {
  if (first < 0x80) return [1, 1];
  if (first < 0xe0) return [2, 1];
  return first < 0xf0 ? [3, 1] : [4, 2];
}
