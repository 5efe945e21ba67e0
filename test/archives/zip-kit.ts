import { Readable } from 'node:stream';
import { crc32, deflateRawSync } from 'node:zlib';
import type { ArchiveSource } from '../../src/archives/zip-reader.ts';

/** Values of the fixed fields of a header; what is left out is what is true. */
export interface Fields {
  name?: string | Uint8Array;
  flags?: number;
  method?: number;
  crc?: number;
  compressedSize?: number;
  size?: number;
  extra?: Uint8Array;
}

export interface KitEntry {
  name: string | Uint8Array;
  content?: string | Uint8Array;
  /** Stored instead of deflated. */
  stored?: boolean;
  /** The bytes in the file instead of the (deflated) content. */
  packed?: Uint8Array;
  /** Bit 3: sizes and CRC behind the content, as the platform's own archives have it. */
  descriptor?: boolean;
  /** Sizes in the zip64 extra field. */
  zip64?: boolean;
  /** Upper half of the external attributes: a Unix mode. Default 100664. */
  mode?: number;
  madeBy?: number;
  /** Lies in the local header. */
  local?: Fields;
  /** Lies in the directory. */
  central?: Fields & { offset?: number };
  comment?: string;
}

export interface KitOptions {
  /** Bytes before the first entry; offsets account for them unless `unadjusted`. */
  prepend?: Uint8Array;
  unadjusted?: boolean;
  /** Bytes after the end record. */
  append?: Uint8Array;
  comment?: string | Uint8Array;
  /** Lie about the number of entries. */
  entryCount?: number;
  /** With zip64 end record and locator. */
  zip64?: boolean;
  /** Bytes between the directory and the end record. */
  beforeEnd?: Uint8Array;
}

/**
 * Writes a zip, field by field (APPNOTE.TXT 4.3), and lies wherever told to. Shares no code with the program, so
 * that a mistake cannot hide by being made twice.
 */
export function makeZip(entries: readonly KitEntry[], options: KitOptions = {}): Buffer {
  const prepend = options.prepend ?? new Uint8Array();
  const base = options.unadjusted ? 0 : prepend.length;
  const body: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = base;
  for (const entry of entries) {
    const content = Buffer.from(entry.content ?? '');
    const packed = entry.packed ?? (entry.stored ? content : deflateRawSync(content));
    const truth = {
      name: entry.name,
      flags: 0x800 | (entry.descriptor ? 8 : 0),
      method: entry.stored ? 0 : 8,
      crc: crc32(content),
      compressedSize: packed.length,
      size: content.length,
    };
    const zeroed = entry.descriptor ? { crc: 0, compressedSize: 0, size: 0 } : {};
    const wide = entry.zip64 ? { compressedSize: 0xffffffff, size: 0xffffffff } : {};
    const zip64Field = entry.zip64 ? { extra: zip64Extra(truth.size, truth.compressedSize) } : {};
    const local = header(0x04034b50, { ...truth, ...zeroed, ...wide, ...zip64Field, ...entry.local });
    const descriptor = entry.descriptor ? dataDescriptor(truth) : Buffer.alloc(0);
    body.push(local, packed, descriptor);
    const central = { offset, ...truth, ...wide, ...zip64Field, ...entry.central };
    directory.push(header(0x02014b50, central, entry));
    offset += local.length + packed.length + descriptor.length;
  }
  const directoryBytes = Buffer.concat(directory);
  const count = options.entryCount ?? entries.length;
  return Buffer.concat([
    prepend,
    ...body,
    directoryBytes,
    options.zip64 ? zip64End(count, directoryBytes.length, offset) : Buffer.alloc(0),
    options.beforeEnd ?? Buffer.alloc(0),
    end(count, directoryBytes.length, offset, options),
    options.append ?? Buffer.alloc(0),
  ]);
}

/** The members of a small, good export. */
export const exportMembers: readonly KitEntry[] = [
  {
    name: 'botDefinition.json',
    content: JSON.stringify({ _id: 'st-1', dialogs: [] }, null, 4),
    descriptor: true,
  },
  {
    name: 'config.json',
    content: JSON.stringify({ name: 'Kite', envVariables: [] }, null, 4),
    descriptor: true,
  },
  { name: 'icon.png', content: Buffer.from('89504e470d0a1a0a', 'hex'), descriptor: true },
];

/** Bytes in memory as the source of an archive. */
export function inMemory(bytes: Uint8Array): ArchiveSource {
  return {
    size: bytes.length,
    read: async (start, length) => Buffer.from(bytes.subarray(start, start + length)),
    stream: ({ start, end }) => {
      const pieces: Uint8Array[] = [];
      for (let at = start; at < end; at += 4096) pieces.push(bytes.slice(at, Math.min(at + 4096, end)));
      return Readable.from(pieces, { objectMode: false });
    },
  };
}

function header(
  signature: number,
  fields: Required<Omit<Fields, 'extra'>> & Fields & { offset?: number },
  entry?: KitEntry,
) {
  const name = typeof fields.name === 'string' ? Buffer.from(fields.name) : Buffer.from(fields.name);
  const extra = fields.extra ?? new Uint8Array();
  const comment = Buffer.from(entry?.comment ?? '');
  const central = signature === 0x02014b50;
  const out = Buffer.alloc(central ? 46 : 30);
  out.writeUInt32LE(signature, 0);
  // The directory has "version made by" on top, and more behind the lengths.
  const at = central ? 6 : 4;
  if (central) out.writeUInt16LE(entry?.madeBy ?? 0x032d, 4);
  out.writeUInt16LE(20, at);
  out.writeUInt16LE(fields.flags, at + 2);
  out.writeUInt16LE(fields.method, at + 4);
  out.writeUInt16LE(0x6000, at + 6);
  out.writeUInt16LE(0x5a21, at + 8);
  out.writeUInt32LE(fields.crc, at + 10);
  out.writeUInt32LE(fields.compressedSize, at + 14);
  out.writeUInt32LE(fields.size, at + 18);
  out.writeUInt16LE(name.length, at + 22);
  out.writeUInt16LE(extra.length, at + 24);
  if (central) {
    out.writeUInt16LE(comment.length, 32);
    out.writeUInt16LE(0x20, 38);
    out.writeUInt16LE(entry?.mode ?? 0o100664, 40);
    out.writeUInt32LE(fields.offset ?? 0, 42);
  }
  return Buffer.concat([out, name, extra, comment]);
}

function dataDescriptor({
  crc,
  compressedSize,
  size,
}: {
  crc: number;
  compressedSize: number;
  size: number;
}) {
  const out = Buffer.alloc(16);
  out.writeUInt32LE(0x08074b50, 0);
  out.writeUInt32LE(crc, 4);
  out.writeUInt32LE(compressedSize, 8);
  out.writeUInt32LE(size, 12);
  return out;
}

function zip64Extra(size: number, compressedSize: number): Buffer {
  const out = Buffer.alloc(20);
  out.writeUInt16LE(1, 0);
  out.writeUInt16LE(16, 2);
  out.writeBigUInt64LE(BigInt(size), 4);
  out.writeBigUInt64LE(BigInt(compressedSize), 12);
  return out;
}

/** Zip64 end record and its locator. */
function zip64End(count: number, length: number, offset: number): Buffer {
  const out = Buffer.alloc(56 + 20);
  out.writeUInt32LE(0x06064b50, 0);
  out.writeBigUInt64LE(44n, 4);
  out.writeUInt16LE(45, 12);
  out.writeUInt16LE(45, 14);
  out.writeBigUInt64LE(BigInt(count), 24);
  out.writeBigUInt64LE(BigInt(count), 32);
  out.writeBigUInt64LE(BigInt(length), 40);
  out.writeBigUInt64LE(BigInt(offset), 48);
  out.writeUInt32LE(0x07064b50, 56);
  out.writeBigUInt64LE(BigInt(offset + length), 64);
  out.writeUInt32LE(1, 72);
  return out;
}

function end(count: number, length: number, offset: number, options: KitOptions): Buffer {
  const comment = Buffer.from(options.comment ?? '');
  const out = Buffer.alloc(22);
  out.writeUInt32LE(0x06054b50, 0);
  out.writeUInt16LE(options.zip64 ? 0xffff : count, 8);
  out.writeUInt16LE(options.zip64 ? 0xffff : count, 10);
  out.writeUInt32LE(options.zip64 ? 0xffffffff : length, 12);
  out.writeUInt32LE(options.zip64 ? 0xffffffff : offset, 16);
  out.writeUInt16LE(comment.length, 20);
  return Buffer.concat([out, comment]);
}
