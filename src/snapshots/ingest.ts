import { BotportError } from '../errors.ts';
import { layOut } from '../json/layout.ts';
import { Splitter } from '../json/splitter.ts';
import type { Segment } from '../storage/segment-store.ts';
import { DefinitionReader } from './definition-reader.ts';
import { type Manifest, snapshotDigest } from './manifest.ts';
import { resolveSection } from './section-in-making.ts';
import { SegmentMaker } from './segment-maker.ts';

/** What a bot comes as. */
export interface BotFiles {
  definition: AsyncIterable<Buffer>;
  config: Buffer;
  /** The members of the archive behind config.json: the icon, then scripts. */
  others: { name: string; content: Buffer }[];
}

/** A snapshot that is not stored yet. */
export interface NewSnapshot {
  digest: string;
  manifest: Manifest;
  segments: Segment[];
  /** The bot id in the file. */
  botId: string | undefined;
}

/** Most bytes of config.json, laid out. */
const configLimits = { maxItem: 8 * 1024 ** 2, maxTotal: 32 * 1024 ** 2 };

/** For what is in the store already: it has passed the limits of its time. */
export const unlimited = { maxItem: Number.MAX_SAFE_INTEGER, maxUnpacked: Number.MAX_SAFE_INTEGER };

/**
 * Cuts a bot into segments. Memory: the largest item, a few segments' text, and all segments compressed.
 *
 * @throws the registry's errors about JSON, definitions and configs
 */
export async function ingest(
  files: BotFiles,
  limits: { maxItem: number; maxUnpacked: number },
): Promise<NewSnapshot> {
  const segments = new SegmentMaker();
  const reader = new DefinitionReader(segments);
  const splitter = new Splitter('botDefinition.json', {
    maxItem: limits.maxItem,
    maxTotal: limits.maxUnpacked,
  });
  for await (const chunk of files.definition) {
    for (const piece of splitter.push(chunk)) {
      reader.take(piece);
      if (segments.isBusy) await segments.ready();
    }
  }
  splitter.end();

  const others = [{ name: 'config.json', content: layOutConfig(files.config) }, ...files.others];
  const members = others.map(({ name, content }) => ({ name, run: segments.add(content) }));
  const definition = reader.finish();
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
    segments: segments.made(),
    botId: definition.botId,
  };
}

/** config.json in the platform's own form. */
function layOutConfig(content: Buffer): Buffer {
  // Splitting it judges its size, depth and encoding before it is laid out as a whole.
  const splitter = new Splitter('config.json', configLimits, 'config_invalid');
  let hasVariables = false;
  for (const { type, key } of splitter.push(content))
    hasVariables ||= type === 'list' && key === 'envVariables';
  splitter.end();
  if (!hasVariables) throw new BotportError('config_invalid', 'envVariables: expected a list');
  return Buffer.from(layOut(new TextDecoder().decode(content), 0, 'config.json').text);
}
