import { createHash } from 'node:crypto';
import { BotportError } from '../errors.ts';
import type { Entry, SegmentRef } from './entry.ts';
import type { LiteralPart, Recipe, SegmentPart } from './recipe.ts';

/*
 * The frame around the entries, field by field as in PKWARE's APPNOTE.TXT (4.3). Sizes and CRC are known before the
 * first byte, so there are no data descriptors and a reader that streams needs no luck. Mode, time and order are
 * fixed: the same content makes the same bytes.
 */
const localFileHeader = 0x04034b50;
const centralFileHeader = 0x02014b50;
const endOfCentralDirectory = 0x06054b50;

const versionNeeded = 20;
/** Made on Unix (3), by version 4.5 of the format: so that the mode in the external attributes counts. */
const versionMadeBy = (3 << 8) | 45;
/** A regular file, mode 664 (upper half), with the DOS archive bit. */
const externalAttributes = ((0o100664 << 16) | 0x20) >>> 0;
/** File names are UTF-8 (general purpose bit 11); set only where a name needs it. */
const utf8Names = 1 << 11;
const deflated = 8;
/** 1980-01-01 00:00:00, the first moment a zip can name. */
const dosTime = 0;
const dosDate = (1 << 5) | 1;

const largest = 0xffffffff;

/** The recipe of the zip archive that holds these entries in this order. */
export function archiveRecipe(entries: Entry[]): Recipe {
  const parts = new PartList();
  const directory: Buffer[] = [];
  for (const entry of entries) {
    directory.push(centralHeader(entry, parts.size));
    parts.addBytes(localHeader(entry));
    for (const part of entry.parts) parts.add(part);
  }
  const start = parts.size;
  const central = Buffer.concat(directory);
  parts.addBytes(central);
  parts.addBytes(endRecord(entries.length, central.length, start));
  return parts.recipe();
}

/** Collects parts, melting bytes that touch into one literal. */
class PartList {
  readonly #parts: (SegmentPart | LiteralPart)[] = [];
  #bytes: Buffer[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(part: SegmentRef | Buffer): void {
    if (Buffer.isBuffer(part)) {
      this.addBytes(part);
      return;
    }
    this.#flush();
    this.#parts.push({ segment: part.digest, length: part.storedLength });
    this.#size += part.storedLength;
  }

  addBytes(bytes: Buffer): void {
    this.#bytes.push(bytes);
    this.#size += bytes.length;
  }

  recipe(): Recipe {
    this.#flush();
    if (this.#size > largest) throw new BotportError('archive_too_large');
    const hash = createHash('sha256');
    for (const part of this.#parts)
      hash.update('segment' in part ? part.segment : `=${part.literal}`).update('\n');
    return { parts: this.#parts, size: this.#size, digest: hash.digest('hex') };
  }

  #flush(): void {
    if (this.#bytes.length > 0) this.#parts.push({ literal: Buffer.concat(this.#bytes).toString('base64') });
    this.#bytes = [];
  }
}

/** The fields that local and central header share, from "version needed" to "extra field length". */
function sharedFields(entry: Entry, name: Buffer): Buffer {
  if (entry.size > largest) throw new BotportError('archive_too_large', entry.name);
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(versionNeeded, 0);
  fields.writeUInt16LE(name.length === entry.name.length ? 0 : utf8Names, 2);
  fields.writeUInt16LE(deflated, 4);
  fields.writeUInt16LE(dosTime, 6);
  fields.writeUInt16LE(dosDate, 8);
  fields.writeUInt32LE(entry.crc32, 10);
  fields.writeUInt32LE(entry.compressedSize, 14);
  fields.writeUInt32LE(entry.size, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
}

function localHeader(entry: Entry): Buffer {
  const name = Buffer.from(entry.name);
  const signature = Buffer.alloc(4);
  signature.writeUInt32LE(localFileHeader);
  return Buffer.concat([signature, sharedFields(entry, name), name]);
}

function centralHeader(entry: Entry, offset: number): Buffer {
  const name = Buffer.from(entry.name);
  const head = Buffer.alloc(6);
  head.writeUInt32LE(centralFileHeader, 0);
  head.writeUInt16LE(versionMadeBy, 4);
  // Comment length, disk number and internal attributes stay 0.
  const tail = Buffer.alloc(14);
  tail.writeUInt32LE(externalAttributes, 6);
  tail.writeUInt32LE(offset, 10);
  return Buffer.concat([head, sharedFields(entry, name), tail, name]);
}

function endRecord(count: number, directorySize: number, directoryOffset: number): Buffer {
  const record = Buffer.alloc(22);
  record.writeUInt32LE(endOfCentralDirectory, 0);
  record.writeUInt16LE(count, 8);
  record.writeUInt16LE(count, 10);
  record.writeUInt32LE(directorySize, 12);
  record.writeUInt32LE(directoryOffset, 16);
  return record;
}
