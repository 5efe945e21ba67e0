import { defaultIcon } from '../imports/default-icon.ts';
import { type IngestOptions, ingest } from '../snapshots/ingest.ts';
import type { Manifest } from '../snapshots/manifest.ts';
import type { Segment, SegmentReader } from '../storage/segment-store.ts';
import type { LocalBot } from './local-bot.ts';

/**
 * A bot on disk as a server would hold it, in memory: so whatever a server says of a bot can be said of a file, by the
 * same rules.
 */
export interface LocalSnapshot {
  manifest: Manifest;
  /** Digests of the segments of its outline. */
  outline: readonly string[];
  segments: SegmentReader;
  /** The bot id in the definition. */
  botId: string | undefined;
  /** Whether there is nothing but the definition: then of variables and other files nothing is known. */
  definitionOnly: boolean;
}

/** What an import takes where there is a definition alone. */
const emptyConfig = Buffer.from('{"envVariables":[]}');

/** Text is handed to the reader in pieces of so many bytes. */
const pieceSize = 1024 ** 2;

/**
 * Takes a bot in as an import would, and so judges it as an import would.
 *
 * @throws the registry's errors about JSON, definitions and configs
 */
export async function takeSnapshot(
  { definition, config, icon, scripts }: LocalBot,
  limits: IngestOptions['limits'],
): Promise<LocalSnapshot> {
  const segments = new Map<string, Segment>();
  const others = config ? [{ name: 'icon.png', content: icon?.content ?? defaultIcon }, ...scripts] : [];
  const { manifest, outline, botId } = await ingest(
    { definition: piecesOf(definition.content), config: config?.content ?? emptyConfig, others },
    {
      limits,
      async keep(batch) {
        for (const segment of batch) segments.set(segment.digest, segment);
        return batch.map(({ bytes }) => bytes.length);
      },
    },
  );
  return { manifest, outline, segments: readerOf(segments), botId, definitionOnly: config === undefined };
}

async function* piecesOf(content: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += pieceSize) yield content.subarray(at, at + pieceSize);
}

function readerOf(segments: ReadonlyMap<string, Segment>): SegmentReader {
  return {
    get: async (digest) => segments.get(digest),
    getAll: async (digests) =>
      new Map(
        digests.flatMap((digest): [string, Segment][] => {
          const segment = segments.get(digest);
          return segment ? [[digest, segment]] : [];
        }),
      ),
  };
}
