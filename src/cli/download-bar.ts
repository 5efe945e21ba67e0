import { Presets, SingleBar } from 'cli-progress';

/** A progress bar of a download on stderr, where somebody watches. */
export interface DownloadBar {
  onBytes(bytes: number, size: number | undefined): void;
  /** Takes the bar away, whether the download ended or not. */
  stop(): void;
}

export function downloadBar(): DownloadBar {
  const format = '  downloading [{bar}] {percentage}% {value}/{total} bytes';
  const bar = new SingleBar(
    { format, noTTYOutput: false, hideCursor: true, clearOnComplete: true },
    Presets.legacy,
  );
  let started = false;
  return {
    onBytes(bytes, size) {
      if (size === undefined) return;
      if (!started) bar.start(size, 0);
      started = true;
      bar.update(bytes);
    },
    stop() {
      if (started) bar.stop();
    },
  };
}
