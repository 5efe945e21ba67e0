import { crc32, inflateRawSync } from 'node:zlib';

/*
 * Reading a zip the two ways clients do, written from APPNOTE.TXT 4.3 and without what the program itself uses. Both
 * refuse what makes the poorer ones of such readers fail.
 */

const localSignature = 0x04034b50;
const centralSignature = 0x02014b50;
const endSignature = 0x06054b50;
const descriptorSignature = 0x08074b50;

/** As a streaming reader does: one entry after the other from the front, without the directory. */
export function readFromTheFront(zip: Buffer): Map<string, Buffer> {
  const members = new Map<string, Buffer>();
  let at = 0;
  while (zip.readUInt32LE(at) === localSignature) {
    const flags = zip.readUInt16LE(at + 6);
    const method = zip.readUInt16LE(at + 8);
    if (zip.readUInt16LE(at + 4) > 20) throw new Error('needs more than version 2.0');
    // Nobody can tell where a stored entry ends whose size comes behind it.
    if (method !== 8) throw new Error(`method ${method}`);
    const [month, day] = [(zip.readUInt16LE(at + 12) >> 5) & 15, zip.readUInt16LE(at + 12) & 31];
    if (month < 1 || month > 12 || day < 1) throw new Error(`no such day: ${month}/${day}`);
    const nameLength = zip.readUInt16LE(at + 26);
    const start = at + 30 + nameLength + zip.readUInt16LE(at + 28);
    const name = nameAt(zip, at + 30, nameLength, flags);
    const { buffer, engine } = inflateRawSync(zip.subarray(start), { info: true }) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    at = start + engine.bytesWritten;
    const sizes = (flags & 8) === 0 ? headerSizes(zip, start - 30 - nameLength) : descriptorSizes(zip, at);
    if ((flags & 8) !== 0) at += 16;
    check(name, buffer, engine.bytesWritten, sizes);
    members.set(name, buffer);
  }
  if (zip.readUInt32LE(at) !== centralSignature) throw new Error('no directory behind the entries');
  return members;
}

/** As a reader of the whole file does: by the directory at its end. */
export function readByTheDirectory(zip: Buffer): Map<string, Buffer> {
  const members = new Map<string, Buffer>();
  const end = zip.length - 22;
  if (zip.readUInt32LE(end) !== endSignature) throw new Error('no end record, or something behind it');
  const count = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  for (let number = 0; number < count; number += 1) {
    if (zip.readUInt32LE(at) !== centralSignature) throw new Error('no directory entry');
    const nameLength = zip.readUInt16LE(at + 28);
    const extraLength = zip.readUInt16LE(at + 30);
    const name = nameAt(zip, at + 46, nameLength, zip.readUInt16LE(at + 8));
    const local = zip.readUInt32LE(at + 42);
    const localName = zip.toString('utf8', local + 30, local + 30 + zip.readUInt16LE(local + 26));
    if (localName !== name) throw new Error(`${localName} is ${name} in the directory`);
    if (zip.readUInt16LE(local + 6) !== zip.readUInt16LE(at + 8)) throw new Error('flags differ');
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const sizes = headerSizes(zip, at + 2);
    const content = inflateRawSync(zip.subarray(start, start + sizes.packed));
    check(name, content, sizes.packed, sizes);
    members.set(name, content);
    at += 46 + nameLength + extraLength + zip.readUInt16LE(at + 32);
  }
  if (at !== end) throw new Error('something between the directory and the end record');
  return members;
}

/** Without flag 11 a name that is not ASCII is read in the alphabet of the first PCs. */
function nameAt(zip: Buffer, at: number, length: number, flags: number): string {
  const name = zip.toString('utf8', at, at + length);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them.
  if (!/^[\x00-\x7f]*$/.test(name) && (flags & 0x800) === 0)
    throw new Error(`${name} is not marked as UTF-8`);
  return name;
}

interface Sizes {
  crc: number;
  packed: number;
  size: number;
}

function headerSizes(zip: Buffer, header: number): Sizes {
  return sizesAt(zip, header + 14);
}

function descriptorSizes(zip: Buffer, at: number): Sizes {
  if (zip.readUInt32LE(at) !== descriptorSignature) throw new Error('no data descriptor');
  return sizesAt(zip, at + 4);
}

function sizesAt(zip: Buffer, at: number): Sizes {
  return { crc: zip.readUInt32LE(at), packed: zip.readUInt32LE(at + 4), size: zip.readUInt32LE(at + 8) };
}

function check(name: string, content: Buffer, packed: number, told: Sizes): void {
  const found = { crc: crc32(content), packed, size: content.length };
  if (found.crc !== told.crc || found.packed !== told.packed || found.size !== told.size) {
    throw new Error(`${name}: ${JSON.stringify(found)} instead of ${JSON.stringify(told)}`);
  }
}
