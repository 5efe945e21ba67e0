import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Presets, SingleBar } from 'cli-progress';
import type { Download } from '../client/downloads.ts';

/** Writes a download to a file, with a progress bar where somebody watches. */
export async function saveWithProgress({ size, content }: Download, file: string): Promise<void> {
  const format = '  downloading [{bar}] {percentage}% {value}/{total} bytes';
  const bar = new SingleBar({ format, noTTYOutput: false, hideCursor: true }, Presets.legacy);
  bar.start(size ?? 0, 0);
  try {
    await pipeline(
      content,
      async function* (pieces: AsyncIterable<Uint8Array>) {
        for await (const piece of pieces) {
          bar.increment(piece.length);
          yield piece;
        }
      },
      createWriteStream(file),
    );
  } finally {
    bar.stop();
  }
}
