import type { Client } from '../client/client.ts';
import type { SavedFile, ToFileOptions } from '../client/downloads.ts';
import { downloadBar } from './download-bar.ts';

/** Downloads into a file, with a progress bar where somebody watches. */
export function saveWithProgress(
  client: Client,
  download: Pick<ToFileOptions, 'file' | 'from'>,
): Promise<SavedFile> {
  const bar = downloadBar();
  return client.downloads.toFile({ ...download, onProgress: bar.onBytes }).finally(bar.stop);
}
