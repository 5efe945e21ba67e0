import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import * as yauzl from 'yauzl';
import { BotportError } from '../errors.ts';
import { unprintable, visible } from '../visible.ts';

/** Where the bytes of an archive are. */
export interface ArchiveSource {
  readonly size: number;
  /** `length` bytes from `start`, fewer where the archive ends. */
  read(start: number, length: number): Promise<Uint8Array>;
  /** The bytes from `start` up to but without `end`. */
  stream(range: { start: number; end: number }): Readable;
}

export interface ArchiveLimits {
  /** Most bytes all members together may unpack to. */
  maxUnpacked: number;
  /** Most members. Default 20. */
  maxMembers?: number;
  /** Most bytes one compressed byte may stand for, in a member larger than a megabyte. Default 500. */
  maxRatio?: number;
}

export interface ArchiveMember {
  /** Name without folder. */
  readonly name: string;
  /** Bytes of the content. */
  readonly size: number;
  /** The content, checked on the way: the stream fails where size or CRC-32 are not as the directory says. */
  stream(): Readable;
}

export interface OpenedArchive {
  readonly members: readonly ArchiveMember[];
}

/**
 * Opens a zip somebody sent. Nothing in it is trusted: the whole directory is checked before the first byte of
 * content is read, so an archive is either taken whole or refused.
 *
 * Taken: stored and deflated members, with or without data descriptors, zip64, comments; one folder around all
 * members (as `zip -r bot.zip bot/` makes it), which is left out of their names; what desktops add of their own
 * (`__MACOSX/`, `.DS_Store`), which is skipped.
 *
 * Throws `zip_malformed` (cut off, corrupt, encrypted, no zip), `zip_unsafe` (escaping names, links, members there
 * twice or overlapping, bombs) and `zip_members` (too many members, or in several folders).
 */
export async function openArchive(source: ArchiveSource, limits: ArchiveLimits): Promise<OpenedArchive> {
  const reader = new SourceReader(source);
  const zip = await openDirectory(reader);
  const entries = await readDirectory(reader, zip, limits.maxMembers ?? 20);
  refuseRepeatedNames(entries);
  for (const entry of entries) refuseSpecial(entry);
  refuseBombs(entries, limits);
  const located = await locate(reader, zip, entries);
  const kept = located.filter(({ name }) => !name.endsWith('/') && !desktopLitter.test(name));
  return { members: withoutFolder(kept, limits.maxMembers ?? 20).map((entry) => toMember(source, entry)) };
}

/** A name fit for a message: on one line, and not too long. */
export function printableName(name: string): string {
  const shown = visible(name);
  const characters = Array.from(shown);
  return characters.length > 80 ? `${characters.slice(0, 79).join('')}…` : shown;
}

const desktopLitter = /^(.*\/)?(__MACOSX\/.*|\.DS_Store)$/;

/** What a member may unpack to whatever its ratio: small files of repeated text are no bombs. */
const freeOfRatio = 1024 ** 2;

/** Entries of the directory per member: folders and desktop litter come on top of the members. */
const entriesPerMember = 10;

const longestName = 255;

const method = { stored: 0, deflated: 8 } as const;
const flag = { encrypted: 0x1, dataDescriptor: 0x8, utf8Name: 0x800 } as const;
const zip64EndSignature = 0x06064b50;
/** Stands in a 32-bit field whose value is in the zip64 extra field. */
const inZip64Field = 0xffffffff;

/** One record of the directory, its name decoded. */
interface Entry {
  readonly name: string;
  readonly record: yauzl.Entry;
}

interface LocatedEntry extends Entry {
  /** Where its compressed content starts. */
  readonly dataStart: number;
}

function malformed(detail: string, cause?: unknown): BotportError {
  return new BotportError('zip_malformed', detail, { cause });
}

function unsafe(detail: string): BotportError {
  return new BotportError('zip_unsafe', detail);
}

function foreign(detail: string): BotportError {
  return new BotportError('zip_members', detail);
}

/** yauzl's random access on a source. Reads ahead a little, as yauzl asks for one header at a time. */
class SourceReader extends yauzl.RandomAccessReader {
  readonly source: ArchiveSource;
  /** What the source itself failed with: not the archive's fault. */
  failure: unknown;
  #window: { start: number; bytes: Uint8Array } = { start: 0, bytes: new Uint8Array() };

  constructor(source: ArchiveSource) {
    super();
    this.source = source;
  }

  /** The bytes from `start`, as many as there are up to `length`; offsets may be anything a forged field holds. */
  async bytes(start: number, length: number): Promise<Uint8Array> {
    const end = Math.min(start + length, this.source.size);
    if (start >= end) return new Uint8Array();
    const { start: from, bytes } = this.#window;
    if (start < from || end > from + bytes.length) {
      const ahead = Math.min(Math.max(length, 4096), this.source.size - start);
      try {
        this.#window = { start, bytes: await this.source.read(start, ahead) };
      } catch (error) {
        this.failure = error;
        throw error;
      }
    }
    const window = this.#window;
    return window.bytes.subarray(start - window.start, end - window.start);
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    this.bytes(position, length).then(
      (bytes) => {
        buffer.set(bytes, offset);
        callback(null, bytes.length);
      },
      (error) => callback(error),
    );
  }
}

/** What went wrong in yauzl, as a failure of the registry. */
function asMalformed(reader: SourceReader, error: unknown, where = ''): unknown {
  if (error instanceof BotportError || error === reader.failure) return error;
  return malformed(`${where}${error instanceof Error ? error.message : error}`, error);
}

async function openDirectory(reader: SourceReader): Promise<yauzl.ZipFile> {
  try {
    return await yauzl.fromRandomAccessReaderPromise(reader, reader.source.size, {
      autoClose: false,
      // Names are decoded by decodeName, which refuses what it cannot read.
      decodeStrings: false,
    });
  } catch (error) {
    throw asMalformed(reader, error);
  }
}

async function readDirectory(reader: SourceReader, zip: yauzl.ZipFile, maxMembers: number): Promise<Entry[]> {
  if (zip.entryCount > maxMembers * entriesPerMember) {
    throw foreign(`the archive has ${zip.entryCount} entries; at most ${maxMembers} files are taken`);
  }
  const entries: Entry[] = [];
  try {
    for await (const record of zip.eachEntry()) {
      const name = decodeName(record);
      refuseName(name);
      entries.push({ name, record });
    }
  } catch (error) {
    throw asMalformed(reader, error, `entry ${entries.length + 1} of the directory: `);
  }
  await refuseHiddenEntries(reader, zip);
  return entries;
}

/** The directory must reach to the end record: members behind the last counted one would be seen by some readers. */
async function refuseHiddenEntries(reader: SourceReader, zip: yauzl.ZipFile): Promise<void> {
  const endRecord = reader.source.size - 22 - zip.comment.length;
  const cursor = directoryCursor(zip);
  if (cursor === endRecord) return;
  // Zip64 puts two records between: an end record of variable size, and its locator of 20 bytes.
  const zip64 = Buffer.from(await reader.bytes(cursor, 12));
  if (zip64.length === 12 && zip64.readUInt32LE(0) === zip64EndSignature) {
    if (cursor + 12 + Number(zip64.readBigUInt64LE(4)) + 20 === endRecord) return;
  }
  throw malformed('the directory does not end where its records end');
}

/** Where yauzl reads next: the start of the directory at first, its end at last. Its types call it a boolean. */
function directoryCursor(zip: yauzl.ZipFile): number {
  return zip.readEntryCursor as unknown as number;
}

function decodeName(record: yauzl.Entry): string {
  const { generalPurposeBitFlag: flags, fileNameRaw: raw, extraFields } = record;
  // Some tools write UTF-8 and forget the flag.
  const name = yauzl.getFileNameLowLevel(isUtf8(raw) ? flags | flag.utf8Name : flags, raw, extraFields, true);
  if (name.includes('\ufffd')) throw malformed(`the name ${printableName(name)} is not UTF-8`);
  return name;
}

function refuseName(name: string): void {
  const fault = nameFault(name);
  if (fault !== undefined) throw unsafe(`${printableName(name)} ${fault}`);
}

/** Why a name cannot stand in an archive, if it cannot; in words that follow the name. */
export function nameFault(name: string): string | undefined {
  if (name.search(unprintable) >= 0) return 'has control characters in its name';
  if (name.includes('\\')) return 'has a backslash in its name';
  if (name.startsWith('/') || /^[a-z]:/i.test(name)) return 'is an absolute path';
  const steps = name.replace(/\/$/, '').split('/');
  if (steps.includes('..')) return 'leaves its folder';
  if (steps.includes('.') || steps.includes('')) return 'is not a plain path';
  if (steps.some((step) => step.length > longestName)) return 'has too long a name';
  return undefined;
}

/** The first name that an earlier one repeats: names count as the same where any file system takes them for the same. */
export function repeatedName(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => {
    const key = name.replace(/\/$/, '').normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
    return seen.size === seen.add(key).size;
  });
}

function refuseRepeatedNames(entries: readonly Entry[]): void {
  const repeated = repeatedName(entries.map(({ name }) => name));
  if (repeated !== undefined) throw unsafe(`${printableName(repeated)} is there twice`);
}

function refuseSpecial({ name, record }: Entry): void {
  const printed = printableName(name);
  if (record.isEncrypted()) throw malformed(`${printed} is encrypted`);
  const compression = record.compressionMethod;
  if (compression !== method.stored && compression !== method.deflated) {
    throw malformed(`${printed} is compressed with method ${compression}; only deflate is taken`);
  }
  // The file type bits of a Unix mode: none, regular file, folder.
  const type = (record.externalFileAttributes >>> 28) & 0xf;
  const isFolder = name.endsWith('/');
  if (type !== 0 && type !== 0x8 && !(type === 0x4 && isFolder)) {
    throw unsafe(`${printed} is ${type === 0xa ? 'a link' : 'not a regular file'}`);
  }
  if (isFolder && record.uncompressedSize > 0) throw malformed(`the folder ${printed} has content`);
}

function refuseBombs(entries: readonly Entry[], limits: ArchiveLimits): void {
  const maxRatio = limits.maxRatio ?? 500;
  let unpacked = 0;
  for (const { name, record } of entries) {
    unpacked += record.uncompressedSize;
    if (unpacked > limits.maxUnpacked) {
      throw unsafe(
        `with ${printableName(name)} the archive unpacks to more than ${limits.maxUnpacked} bytes (BOTPORT_MAX_UNPACKED)`,
      );
    }
    if (record.uncompressedSize > freeOfRatio && record.uncompressedSize > maxRatio * record.compressedSize) {
      throw unsafe(`${printableName(name)} unpacks to more than ${maxRatio} times its size`);
    }
  }
}

/** Finds the content of every entry: where local headers agree with the directory and no two entries overlap. */
async function locate(
  reader: SourceReader,
  zip: yauzl.ZipFile,
  entries: readonly Entry[],
): Promise<LocatedEntry[]> {
  const located: LocatedEntry[] = [];
  let directoryBytes = 0;
  for (const entry of entries) {
    const { record } = entry;
    directoryBytes += 46 + record.fileNameLength + record.extraFieldLength + record.fileCommentLength;
    let header: yauzl.LocalFileHeader;
    try {
      header = await zip.readLocalFileHeaderPromise(record);
      refuseDisagreement(entry, header);
    } catch (error) {
      throw asMalformed(reader, error, `${printableName(entry.name)}: `);
    }
    located.push({ ...entry, dataStart: header.fileDataStart });
  }
  let free = directoryCursor(zip) - directoryBytes;
  for (const { name, record, dataStart } of located.toSorted(byOffset).reverse()) {
    if (dataStart + record.compressedSize > free)
      throw unsafe(`${printableName(name)} overlaps what follows it`);
    free = record.relativeOffsetOfLocalHeader;
  }
  return located;
}

function byOffset(a: Entry, b: Entry): number {
  return a.record.relativeOffsetOfLocalHeader - b.record.relativeOffsetOfLocalHeader;
}

/** Readers that go by the local headers must see what we see. */
function refuseDisagreement({ name, record }: Entry, header: yauzl.LocalFileHeader): void {
  const { compressedSize, uncompressedSize } = localSizes(header);
  const late = (header.generalPurposeBitFlag & flag.dataDescriptor) !== 0;
  // With a data descriptor to come, a local field may be left at zero.
  const agrees = (local: number, central: number) => local === central || (late && local === 0);
  if (
    !header.fileName.equals(record.fileNameRaw) ||
    header.compressionMethod !== record.compressionMethod ||
    (header.generalPurposeBitFlag & flag.encrypted) !== 0 ||
    !agrees(header.crc32, record.crc32) ||
    !agrees(compressedSize, record.compressedSize) ||
    !agrees(uncompressedSize, record.uncompressedSize)
  ) {
    throw malformed(`${printableName(name)} is not the same in the directory and in its own header`);
  }
}

function localSizes(header: yauzl.LocalFileHeader): { uncompressedSize: number; compressedSize: number } {
  const { uncompressedSize, compressedSize } = header;
  const field = yauzl.parseExtraFields(header.extraField).find(({ id }) => id === 0x0001)?.data;
  if (!field) return { uncompressedSize, compressedSize };
  let position = 0;
  const wide = (size: number) => {
    if (size !== inZip64Field || position + 8 > field.length) return size;
    position += 8;
    return Number(field.readBigUInt64LE(position - 8));
  };
  return { uncompressedSize: wide(uncompressedSize), compressedSize: wide(compressedSize) };
}

/** Members lie at the root, or all in one folder, which is then left out of their names. */
function withoutFolder(entries: readonly LocatedEntry[], maxMembers: number): LocatedEntry[] {
  if (entries.length > maxMembers) {
    throw foreign(`the archive has ${entries.length} files; at most ${maxMembers} are taken`);
  }
  const folder = /^[^/]+\//.exec(entries[0]?.name ?? '')?.[0] ?? '';
  return entries.map((entry) => {
    const name = entry.name.startsWith(folder) ? entry.name.slice(folder.length) : entry.name;
    if (name === entry.name && folder !== '') {
      throw foreign(`${printableName(name)} lies beside the folder ${printableName(folder)}`);
    }
    if (name.includes('/')) throw foreign(`${printableName(entry.name)} lies in a folder of its own`);
    return { ...entry, name };
  });
}

function toMember(source: ArchiveSource, entry: LocatedEntry): ArchiveMember {
  return {
    name: entry.name,
    size: entry.record.uncompressedSize,
    stream: () => Readable.from(checkedContent(source, entry), { objectMode: false, highWaterMark: 1 }),
  };
}

/** The content of a member; a byte more than declared is never handed on. */
async function* checkedContent(source: ArchiveSource, entry: LocatedEntry): AsyncGenerator<Buffer> {
  const name = printableName(entry.name);
  const declared = entry.record.uncompressedSize;
  let size = 0;
  let crc = 0;
  for await (const piece of unpacked(source, entry)) {
    size += piece.length;
    if (size > declared) throw unsafe(`${name} unpacks to more than the ${declared} bytes it declares`);
    crc = crc32(piece, crc);
    yield piece;
  }
  if (size < declared) throw malformed(`${name} holds ${size} bytes, not the ${declared} it declares`);
  if (crc !== entry.record.crc32) throw malformed(`${name} does not match its CRC-32`);
}

async function* unpacked(source: ArchiveSource, entry: LocatedEntry): AsyncGenerator<Buffer> {
  const { compressedSize, compressionMethod } = entry.record;
  const packed = source.stream({ start: entry.dataStart, end: entry.dataStart + compressedSize });
  if (compressionMethod === method.stored) {
    yield* packed;
    return;
  }
  const inflate = createInflateRaw({ chunkSize: 64 * 1024 });
  packed.once('error', (error) => inflate.destroy(error));
  packed.pipe(inflate);
  try {
    yield* inflate;
  } catch (error) {
    const broken = error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
    throw broken ? malformed(`${printableName(entry.name)}: ${error.message}`, error) : error;
  } finally {
    packed.destroy();
    inflate.destroy();
  }
  if (inflate.bytesWritten !== compressedSize) {
    throw malformed(`${printableName(entry.name)} ends before its declared end`);
  }
}
