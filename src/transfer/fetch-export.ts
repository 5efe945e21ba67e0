import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Client } from '../client/client.ts';
import type { SavedFile } from '../client/downloads.ts';
import type { ExportBody } from '../client/exports.ts';
import type { WaitOptions } from '../client/wait.ts';
import { botportOnly } from './botport-only.ts';

/** What to export of a bot. */
export interface WantedExport {
  botId: string;
  body: ExportBody;
  /** An earlier draft (of `latest`) or version (of `published`), by its number: a Botport host only. */
  number?: number | undefined;
}

export interface FetchOptions extends Pick<WaitOptions, 'signal' | 'timeout'> {
  /** Called as the bytes come in; `size` is undefined where the host does not say. */
  onBytes?: ((bytes: number, size: number | undefined) => void) | undefined;
}

/** An export that was downloaded, with size and SHA-256 of its archive. */
export interface FetchedExport extends SavedFile {
  id: string;
}

/** Starts an export and gives its id. Hosts that only have the documented API do, unless a number is asked for. */
export async function startExport(
  client: Client,
  { botId, body, number }: WantedExport,
  { signal }: Pick<FetchOptions, 'signal'> = {},
): Promise<string> {
  const started =
    number === undefined
      ? await client.exports.start(botId, body, { signal })
      : await botportOnly(
          'an export of an earlier state',
          client.exports.startOf(botId, { ...body, number }, { signal }),
        );
  return started._id;
}

/**
 * Exports a bot into a file, which is there whole afterwards or as it was before.
 *
 * @throws `ClientError`, and what the file system refuses, before the host is asked
 */
export async function exportToFile(
  client: Client,
  wanted: WantedExport,
  file: string,
  { signal, timeout, onBytes }: FetchOptions = {},
): Promise<FetchedExport> {
  let id = '';
  const saved = await client.downloads.toFile({
    file,
    signal,
    onProgress: onBytes,
    // Asked again where a link has expired: that is of the same export.
    async from(call) {
      id ||= await startExport(client, wanted, call);
      const options = { ...call, timeout };
      return wanted.number === undefined
        ? client.exports.wait(wanted.botId, { id, ...options })
        : client.exports.waitFor(id, options);
    },
  });
  return { id, ...saved };
}

/** Exports a bot into memory. Throws as {@link exportToFile}. */
export async function exportToBuffer(
  client: Client,
  wanted: WantedExport,
  options: FetchOptions = {},
): Promise<FetchedExport & { archive: Buffer }> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'botport-'));
  try {
    const file = path.join(scratch, 'bot.zip');
    const fetched = await exportToFile(client, wanted, file, options);
    return { ...fetched, archive: readFileSync(file) };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
