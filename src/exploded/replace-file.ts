import { randomUUID } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';

/** Writes a file so that it is there whole, or as it was; with this mode, less what the process may not give. */
export function replaceFile(
  file: string,
  content: Uint8Array | string,
  { mode = 0o666 }: { mode?: number } = {},
): void {
  const partial = `${file}.${randomUUID()}.partial`;
  try {
    writeFileSync(partial, content, { flag: 'wx', mode });
    renameSync(partial, file);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}
