import type { Entry } from './entry.ts';
import { type Recipe, RecipeWriter, recipeDigest } from './recipe.ts';

/*
 * The frame around the entries, field by field as in PKWARE's APPNOTE.TXT (4.3). Sizes and CRC are known before the
 * first byte, so there are no data descriptors and a reader that streams needs no luck. Mode, time and order are
 * fixed: the same content makes the same bytes. What lies beyond 4 GB, and only that, is in zip64 records.
 */
const localFileHeader = 0x04034b50;
const centralFileHeader = 0x02014b50;
const endOfCentralDirectory = 0x06054b50;
const zip64EndOfCentralDirectory = 0x06064b50;
const zip64Locator = 0x07064b50;

/** Version 2.0 of the format, for deflate, or 4.5, for zip64 (APPNOTE.TXT 4.4.3.2). */
const versionNeeded = { deflate: 20, zip64: 45 };
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

/** Stands in a 32-bit field for a number that is in a zip64 record; numbers that large are, too. */
const inZip64 = 0xffffffff;
/** Header of the zip64 extended information (4.5.3). */
const zip64Extra = 0x0001;

/** The archive that holds these entries in this order, made of runs of the snapshot that `runsDigest` names. */
export function archiveRecipe(entries: readonly Entry[], runsDigest: string): Recipe {
  const writer = new RecipeWriter();
  let size = 0;
  const addBytes = (bytes: Buffer) => {
    writer.add(bytes);
    size += bytes.length;
  };
  const directory: Buffer[] = [];
  for (const entry of entries) {
    directory.push(centralHeader(entry, size));
    addBytes(localHeader(entry));
    for (const part of entry.parts) writer.add(part);
    size += entry.compressedSize;
  }
  const start = size;
  const central = Buffer.concat(directory);
  addBytes(central);
  addBytes(endRecords(entries.length, central.length, start));
  const bytes = writer.finish();
  return { bytes, size, digest: recipeDigest(bytes, runsDigest) };
}

/** The fields that local and central header share, from "version needed" to "extra field length". */
function sharedFields(entry: Entry, name: Buffer, extra: Buffer): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(extra.length > 0 ? versionNeeded.zip64 : versionNeeded.deflate, 0);
  fields.writeUInt16LE(name.length === entry.name.length ? 0 : utf8Names, 2);
  fields.writeUInt16LE(deflated, 4);
  fields.writeUInt16LE(dosTime, 6);
  fields.writeUInt16LE(dosDate, 8);
  fields.writeUInt32LE(entry.crc32, 10);
  const [compressedSize, size] = isLarge(entry) ? [inZip64, inZip64] : [entry.compressedSize, entry.size];
  fields.writeUInt32LE(compressedSize, 14);
  fields.writeUInt32LE(size, 18);
  fields.writeUInt16LE(name.length, 22);
  fields.writeUInt16LE(extra.length, 24);
  return fields;
}

/**
 * Whether the sizes of an entry are in its zip64 record. The local header must have both of them there or none (4.5.3);
 * so has the central one, that they say the same.
 */
function isLarge({ size, compressedSize }: Entry): boolean {
  return size >= inZip64 || compressedSize >= inZip64;
}

/** The zip64 extended information with these numbers; nothing where there are none. */
function zip64Field(numbers: readonly number[]): Buffer {
  if (numbers.length === 0) return Buffer.alloc(0);
  const field = Buffer.alloc(4 + 8 * numbers.length);
  field.writeUInt16LE(zip64Extra, 0);
  field.writeUInt16LE(8 * numbers.length, 2);
  for (const [index, number] of numbers.entries()) field.writeBigUInt64LE(BigInt(number), 4 + 8 * index);
  return field;
}

function localHeader(entry: Entry): Buffer {
  const name = Buffer.from(entry.name);
  const extra = zip64Field(isLarge(entry) ? [entry.size, entry.compressedSize] : []);
  const signature = Buffer.alloc(4);
  signature.writeUInt32LE(localFileHeader);
  return Buffer.concat([signature, sharedFields(entry, name, extra), name, extra]);
}

function centralHeader(entry: Entry, offset: number): Buffer {
  const name = Buffer.from(entry.name);
  const extra = zip64Field([
    ...(isLarge(entry) ? [entry.size, entry.compressedSize] : []),
    ...(offset >= inZip64 ? [offset] : []),
  ]);
  const head = Buffer.alloc(6);
  head.writeUInt32LE(centralFileHeader, 0);
  head.writeUInt16LE(versionMadeBy, 4);
  // Comment length, disk number and internal attributes stay 0.
  const tail = Buffer.alloc(14);
  tail.writeUInt32LE(externalAttributes, 6);
  tail.writeUInt32LE(Math.min(offset, inZip64), 10);
  return Buffer.concat([head, sharedFields(entry, name, extra), tail, name, extra]);
}

/** The end of the directory, behind the zip64 one and its locator where the directory lies beyond 4 GB. */
function endRecords(count: number, directorySize: number, directoryOffset: number): Buffer {
  const record = Buffer.alloc(22);
  record.writeUInt32LE(endOfCentralDirectory, 0);
  record.writeUInt16LE(count, 8);
  record.writeUInt16LE(count, 10);
  record.writeUInt32LE(directorySize, 12);
  record.writeUInt32LE(Math.min(directoryOffset, inZip64), 16);
  if (directoryOffset < inZip64) return record;
  return Buffer.concat([zip64End(count, directorySize, directoryOffset), record]);
}

/** 4.3.14 and 4.3.15. */
function zip64End(count: number, directorySize: number, directoryOffset: number): Buffer {
  const records = Buffer.alloc(56 + 20);
  records.writeUInt32LE(zip64EndOfCentralDirectory, 0);
  // Of the record itself, without the first twelve bytes.
  records.writeBigUInt64LE(BigInt(56 - 12), 4);
  records.writeUInt16LE(versionMadeBy, 12);
  records.writeUInt16LE(versionNeeded.zip64, 14);
  // The numbers of disks stay 0.
  records.writeBigUInt64LE(BigInt(count), 24);
  records.writeBigUInt64LE(BigInt(count), 32);
  records.writeBigUInt64LE(BigInt(directorySize), 40);
  records.writeBigUInt64LE(BigInt(directoryOffset), 48);
  records.writeUInt32LE(zip64Locator, 56);
  records.writeBigUInt64LE(BigInt(directoryOffset + directorySize), 64);
  // One disk in all.
  records.writeUInt32LE(1, 72);
  return records;
}
