import { BotportError } from '../errors.ts';
import { layOut } from '../json/layout.ts';
import { Splitter } from '../json/splitter.ts';
import { DefinitionReader } from './definition-reader.ts';
import { type Manifest, snapshotDigest } from './manifest.ts';
import { OutlineMaker } from './outline.ts';
import { resolveSection } from './section-in-making.ts';
import { type KeepSegments, SegmentMaker } from './segment-maker.ts';

/** What a bot comes as. */
export interface BotFiles {
  definition: AsyncIterable<Buffer>;
  config: Buffer;
  /** The members of the archive behind config.json: the icon, then scripts. */
  others: { name: string; content: Buffer }[];
}

/** A snapshot of which the segments are kept, and nothing else yet. */
export interface NewSnapshot {
  digest: string;
  manifest: Manifest;
  /** Digests of the segments that tell who refers to whom, for {@link parseOutline}. */
  outline: string[];
  /** The bot id in the file. */
  botId: string | undefined;
}

/** How far an ingest has come: bytes of the definition, and items of its lists. */
export interface IngestProgress {
  bytes: number;
  items: number;
}

export interface IngestOptions {
  /** Most bytes of one item, and of the whole definition. */
  limits: { maxItem: number; maxUnpacked: number };
  /** Called with each batch of segments, at most two at a time; each digest comes once. */
  keep: KeepSegments;
  /** Called for every chunk of the definition. */
  progress?(progress: IngestProgress): void;
}

/** Most bytes of config.json, laid out. */
const configLimits = { maxItem: 8 * 1024 ** 2, maxTotal: 32 * 1024 ** 2 };

/** For what is in the store already: it has passed the limits of its time. */
export const unlimited = { maxItem: Number.MAX_SAFE_INTEGER, maxUnpacked: Number.MAX_SAFE_INTEGER };

/**
 * Cuts a bot into segments, and hands them on as they are made. Memory: the largest item, a few batches of segments,
 * and some bytes for each segment, task and id.
 *
 * @throws the registry's errors about JSON, definitions and configs, and whatever `keep` fails with
 */
export async function ingest(
  files: BotFiles,
  { limits, keep, progress }: IngestOptions,
): Promise<NewSnapshot> {
  const segments = new SegmentMaker(keep);
  try {
    return await ingestInto(segments, files, limits, progress);
  } finally {
    segments.close();
  }
}

async function ingestInto(
  segments: SegmentMaker,
  files: BotFiles,
  limits: IngestOptions['limits'],
  progress: IngestOptions['progress'],
): Promise<NewSnapshot> {
  const outline = new OutlineMaker(segments);
  const reader = new DefinitionReader(segments, outline);
  const splitter = new Splitter('botDefinition.json', {
    maxItem: limits.maxItem,
    maxTotal: limits.maxUnpacked,
  });
  let bytes = 0;
  let items = 0;
  for await (const chunk of files.definition) {
    for (const piece of splitter.push(chunk)) {
      reader.take(piece);
      if (piece.type === 'item') items += 1;
      if (segments.isBusy) await segments.ready();
    }
    bytes += chunk.length;
    progress?.({ bytes, items });
  }
  splitter.end();

  const config = layOutConfig(files.config);
  const others = [{ name: 'config.json', content: Buffer.from(config.text) }, ...files.others];
  const members = others.map(({ name, content }) => ({ name, run: segments.add([content]) }));
  const definition = reader.finish();
  const lines = outline.finish(config.value);
  await segments.finish();

  const manifest: Manifest = {
    profile: definition.profile,
    sections: definition.sections.map(resolveSection),
    tasks: definition.tasks,
    files: members.map(({ name, run }) => ({ name, run: run() })),
  };
  return {
    digest: snapshotDigest(manifest),
    manifest,
    outline: lines(),
    botId: definition.botId,
  };
}

/** config.json in the platform's own form. Throws the registry's errors about JSON, and `config_invalid`. */
export function layOutConfig(content: Buffer): { value: unknown; text: string } {
  // Splitting it judges its size, depth and encoding before it is laid out as a whole.
  const splitter = new Splitter('config.json', configLimits, 'config_invalid');
  let hasVariables = false;
  for (const { type, key } of splitter.push(content))
    hasVariables ||= type === 'list' && key === 'envVariables';
  splitter.end();
  if (!hasVariables) throw new BotportError('config_invalid', 'envVariables: expected a list');
  return layOut(new TextDecoder().decode(content), 0, 'config.json');
}
