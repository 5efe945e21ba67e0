import { randomUUID } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';

/** Writes a file so that it is there whole, or as it was. */
export function replaceFile(file: string, content: Uint8Array | string): void {
  const partial = `${file}.${randomUUID()}.partial`;
  try {
    writeFileSync(partial, content, { flag: 'wx' });
    renameSync(partial, file);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}
