import { hash } from 'node:crypto';
import { z } from 'zod';

/*
 * A manifest says what a snapshot is made of: every section of the definition in its order, and the files beside it.
 * It refers to segments by digest and carries their lengths and CRCs, so that the recipe of an archive can be made
 * without reading one of them.
 */

const run = z.object({
  /** Digest of the segment. */
  digest: z.string(),
  textLength: z.number(),
  crc32: z.number(),
  /** Bytes of the segment's compressed form. */
  storedLength: z.number(),
});

/** The text of a section: right here if it is small, else in segments. */
const content = z.discriminatedUnion('form', [
  z.object({ form: z.literal('text'), digest: z.string(), text: z.string() }),
  /** The items of a list in runs of `items` each, or one run that is the whole value (`items` is 1). */
  z.object({ form: z.literal('runs'), digest: z.string(), runs: z.array(run.extend({ items: z.number() })) }),
]);

const section = z.object({
  key: z.string(),
  /** Number of items; null for what is no list. */
  count: z.number().nullable(),
  /** Null for a section that is written anew in every export. */
  content: content.nullable(),
  /** The same items as stubs, where the section has such. */
  stubs: content.optional(),
});

const task = z.object({
  id: z.string().nullable(),
  refId: z.string().nullable(),
  name: z.string(),
  state: z.string().optional(),
});

const manifest = z.object({
  profile: z.object({
    name: z.string(),
    description: z.string(),
    type: z.string(),
    purpose: z.string(),
    defaultLanguage: z.string(),
    languages: z.array(z.string()),
  }),
  sections: z.array(section),
  /** The named items of the task sections, in their order. */
  tasks: z.record(z.string(), z.array(task)),
  /** The members of the archive beside the definition, in their order; the first is config.json. */
  files: z.array(z.object({ name: z.string(), run })),
});

export type Run = z.infer<typeof run>;
export type Content = z.infer<typeof content>;
export type StoredSection = z.infer<typeof section>;
export type Manifest = z.infer<typeof manifest>;

export function parseManifest(text: string): Manifest {
  return manifest.parse(JSON.parse(text));
}

/** The run that config.json is: the first of the files. */
export function configRun({ files }: Manifest): Run {
  const [config] = files;
  if (!config) throw new Error('a snapshot has a config.json');
  return config.run;
}

/** Every segment a snapshot needs. */
export function* manifestRuns({ sections, files }: Manifest): Generator<Run> {
  for (const { content, stubs } of sections) {
    if (content?.form === 'runs') yield* content.runs;
    if (stubs?.form === 'runs') yield* stubs.runs;
  }
  for (const file of files) yield file.run;
}

/**
 * Names a snapshot by its content alone: keys and section digests in their order, and the files. It does not depend
 * on how sections are cut into segments, on the bot's id, or on what is written anew in every export.
 */
export function snapshotDigest({ sections, files }: Manifest): string {
  return hash(
    'sha256',
    JSON.stringify([
      sections.map(({ key, content }) => [key, content?.digest ?? null]),
      files.map(({ name, run }) => [name, run.digest]),
    ]),
  );
}

/** How many items all lists of a snapshot hold. */
export function countItems({ sections }: Manifest): number {
  return sections.reduce((sum, { count }) => sum + (count ?? 0), 0);
}

/** How many items a section holds; 1 for a value that is no list, 0 for a section that is not there. */
export function sectionCount({ sections }: Manifest, key: string): number {
  const found = sections.find((section) => section.key === key);
  return found?.content ? (found.count ?? 1) : 0;
}
