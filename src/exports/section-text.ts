import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { combineCrc32 } from '../archives/crc32.ts';
import type { EntryBuilder, PackedText, RunRange } from '../archives/entry.ts';
import { listEnd, listSeparator, listStart } from '../snapshots/list-text.ts';
import type { Content } from '../snapshots/manifest.ts';
import type { SnapshotRuns } from '../snapshots/runs.ts';

type Part = RunRange | PackedText | string;
type Fingerprint = readonly [length: number, crc32: number];

/**
 * The text of one section of an export, as stored runs and other text, in their order. Runs are not read: lengths and
 * CRCs tell enough of them.
 */
export class SectionText {
  readonly #parts: Part[] = [];
  #fingerprint: Fingerprint | undefined;

  add(part: Part): this {
    this.#parts.push(part);
    this.#fingerprint = undefined;
    return this;
  }

  /** The text of a list: the parts, each of one or more items, with what stands around and between them. */
  static ofItems(parts: readonly string[]): SectionText {
    const text = new SectionText();
    if (parts.length === 0) return text.add('[]');
    parts.forEach((part, index) => {
      text.add(index === 0 ? listStart : listSeparator).add(part);
    });
    return text.add(listEnd);
  }

  writeTo(entry: EntryBuilder): void {
    for (const part of this.#parts) {
      if (typeof part === 'string') entry.literal(part);
      else if ('from' in part) entry.runs(part);
      else entry.packed(part);
    }
  }

  /**
   * Length and CRC-32 of the text: the same for the same text, however it is put together. Many of them, hashed,
   * name a content; one alone would be a weak name.
   */
  fingerprint(): Fingerprint {
    this.#fingerprint ??= this.#makeFingerprint();
    return this.#fingerprint;
  }

  #makeFingerprint(): Fingerprint {
    let [length, crc] = [0, 0];
    const add = (more: number, crcOfMore: number) => {
      crc = combineCrc32(crc, crcOfMore, more);
      length += more;
    };
    for (const part of this.#parts) {
      if (typeof part !== 'string') add(part.textLength, part.crc32);
      else {
        const bytes = Buffer.from(part);
        add(bytes.length, crc32(bytes));
      }
    }
    return [length, crc];
  }
}

/** Texts of stored content; each is made once for a manifest, and goes with it. */
const storedTexts = new WeakMap<Content, SectionText>();

/** The text of a section as a snapshot has it. */
export function storedText(content: Content, count: number | null, runs: SnapshotRuns): SectionText {
  const known = storedTexts.get(content);
  if (known) return known;
  const text = new SectionText();
  if (content.form === 'text') text.add(content.text);
  else if (count === null) for (const run of content.runs) text.add(runs.one(run));
  else if (content.runs.length === 0) text.add('[]');
  else text.add(listStart).add(runs.list(content.runs)).add(listEnd);
  storedTexts.set(content, text);
  return text;
}

/** 32 hexadecimal digits over the sections of an export: the same for the same content. */
export function contentHash(sections: readonly { key: string; text: SectionText }[]): string {
  return hash('sha256', JSON.stringify(sections.map(({ key, text }) => [key, text.fingerprint()]))).slice(
    0,
    32,
  );
}
