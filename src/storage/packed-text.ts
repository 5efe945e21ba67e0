import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** Text that is kept for reading by Botport alone, compressed (zstd, RFC 8878). */
export function packText(text: string): Uint8Array {
  return zstdCompressSync(text);
}

export function unpackText(bytes: Uint8Array): string {
  return zstdDecompressSync(bytes).toString('utf8');
}
