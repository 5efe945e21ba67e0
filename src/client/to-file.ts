import { broken, digestOf, lengthOf, rangeOf, tagOf, whole } from './download-reply.ts';
import type { Link, SavedFile, ToFileOptions } from './downloads.ts';
import { ClientError } from './errors.ts';
import { createPartialFile, type PartialFile } from './partial-file.ts';
import { aborted, pause } from './pause.ts';
import { pauseBefore, type RetryOptions } from './retry.ts';
import type { CallOptions } from './transport.ts';
import { isAway } from './wait.ts';

type Ask = (url: string, headers: Record<string, string>, options: CallOptions) => Promise<Response>;

/** Downloads into a file, with as many attempts as it may take. `request` asks for what is behind a link. */
export async function saveToFile(
  { file, from, onProgress, idleTimeout, signal }: ToFileOptions & { idleTimeout: number },
  request: Ask,
  retry: Required<RetryOptions>,
): Promise<SavedFile> {
  const partial = await createPartialFile(file);
  try {
    const filling: Filling = { partial, tag: undefined, digest: undefined, total: undefined };
    const ask = typeof from === 'function' ? from : async () => from;
    let mayAsk = typeof from === 'function';
    let link = linkOf(await ask({ signal }));
    for (let attempt = 1; ; attempt += 1) {
      try {
        filling.total = link.size;
        const response = await request(link.downloadURL, headersFor(filling), { signal });
        await fill(filling, response, { size: link.size, idleTimeout, signal, onProgress });
        break;
      } catch (error) {
        if (signal?.aborted) throw aborted(signal);
        if (!(error instanceof ClientError)) throw error;
        if (error.type === 'link_expired' && mayAsk) {
          mayAsk = false;
          link = linkOf(await ask({ signal }));
          continue;
        }
        const begun = partial.size > 0;
        // A range the host cannot give any more: what it has is no longer what it was.
        if (error.status === 416 && begun) await partial.clear();
        else if (error.type !== 'download_broken' && !(begun && isAway(error))) throw error;
        if (attempt >= retry.attempts) throw error;
        await pause(pauseBefore(attempt, retry.firstPause), signal);
      }
    }
    return await finish(filling, link.size);
  } catch (error) {
    await partial.discard();
    throw error;
  }
}

function linkOf(link: Link): { downloadURL: string; size?: number | undefined } {
  return typeof link === 'string' ? { downloadURL: link } : link;
}

/** A download on its way into a file. */
interface Filling {
  partial: PartialFile;
  /** The strong entity tag of what is there so far: without one it cannot be taken up again. */
  tag: string | undefined;
  /** SHA-256 of the whole, as the host tells it. */
  digest: Buffer | undefined;
  total: number | undefined;
}

/** What is there already need not come again, as long as it is of the same (RFC 9110, 13.1.5). */
function headersFor({ partial, tag }: Filling): Record<string, string> {
  const range =
    partial.size > 0 && tag !== undefined ? { range: `bytes=${partial.size}-`, 'if-range': tag } : {};
  // RFC 9530, 4: the wish for the digest of the whole.
  return { 'want-repr-digest': 'sha-256=1', ...range };
}

async function fill(
  filling: Filling,
  response: Response,
  options: {
    size: number | undefined;
    idleTimeout: number;
    signal: AbortSignal | undefined;
    onProgress: ToFileOptions['onProgress'];
  },
): Promise<void> {
  const { partial } = filling;
  const continued = response.status === 206 ? rangeOf(response) : undefined;
  if (response.status === 206 && (continued?.start !== partial.size || tagOf(response) !== filling.tag)) {
    // Not what was asked for. The next attempt begins anew.
    await response.body?.cancel();
    await partial.clear();
    filling.tag = undefined;
    throw new ClientError('download_broken', 'the host sent another range than it was asked for');
  }
  if (!continued) await partial.clear();
  filling.tag = tagOf(response);
  filling.digest = digestOf(response) ?? (continued ? filling.digest : undefined);
  const length = lengthOf(response);
  const announced = continued ? continued.total : length;
  filling.total = announced ?? options.size;
  const end = length === undefined ? undefined : partial.size + length;
  for await (const piece of whole(response, options.idleTimeout, options.signal)) {
    await partial.write(piece);
    options.onProgress?.(partial.size, filling.total);
  }
  const expected = end ?? filling.total;
  if (expected !== undefined && partial.size < expected) throw broken(partial.size);
}

/** The file under its name, if it is what the host has. */
async function finish({ partial, digest, total }: Filling, exported: number | undefined): Promise<SavedFile> {
  const size = partial.size;
  for (const expected of [total, exported]) {
    if (expected !== undefined && expected !== size) {
      throw new ClientError('download_damaged', `${size} bytes instead of ${expected}`);
    }
  }
  const sha256 = partial.sha256();
  if (digest && !sha256.equals(digest)) {
    const words = `SHA-256 is ${sha256.toString('hex')} instead of ${digest.toString('hex')}`;
    throw new ClientError('download_damaged', words);
  }
  await partial.finish();
  return { size, sha256: sha256.toString('hex') };
}
