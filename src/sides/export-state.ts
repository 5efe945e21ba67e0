import type { Client } from '../client/client.ts';
import type { FinishedExport } from '../client/exports.ts';
import { BotportError } from '../errors.ts';
import type { LocalBot } from '../local/local-bot.ts';
import { readArchiveBytes } from '../local/read-archive.ts';
import { isOtherHost } from './is-other-host.ts';
import type { HostSide } from './side.ts';

/**
 * Exports a state from its host, and reads the archive in memory: nothing of it is written to this machine.
 *
 * @throws `host_is_other` for what only a Botport host has, `bot_too_large`, and what the client and reading the archive throw
 */
export async function exportState(
  client: Client,
  side: HostSide,
  limits: { maxUnpacked: number },
): Promise<LocalBot> {
  const { downloadURL } = await finishedExport(client, side);
  const { content } = await client.downloads.open(downloadURL);
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of content) {
    size += piece.length;
    if (size > largestArchive) {
      throw new BotportError(
        'bot_too_large',
        `${side.text}: an archive of more than ${largestArchive} bytes`,
      );
    }
    pieces.push(piece);
  }
  return readArchiveBytes(Buffer.concat(pieces), limits);
}

/** As a definition may have, and it is packed there. */
const largestArchive = 256 * 1024 ** 2;

async function finishedExport(client: Client, side: HostSide): Promise<FinishedExport> {
  if (side.kind === 'export') return ofBotport(side, () => client.exports.waitFor(side.exportId));
  const botId = await client.bots.idOf(side.bot);
  const exportType = side.kind === 'draft' ? 'latest' : 'published';
  const { number } = side;
  if (number === undefined) {
    const { _id } = await client.exports.start(botId, { exportType });
    return client.exports.wait(botId, { id: _id });
  }
  return ofBotport(side, async () => {
    const { _id } = await client.exports.startOf(botId, { exportType, number });
    return client.exports.waitFor(_id);
  });
}

/** What only a Botport host can do. */
async function ofBotport<T>({ text }: HostSide, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (isOtherHost(error)) throw new BotportError('host_is_other', text, { cause: error });
    throw error;
  }
}
