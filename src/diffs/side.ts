import { BotportError } from '../errors.ts';
import type { Manifest, StoredSection } from '../snapshots/manifest.ts';
import { readRun } from '../snapshots/read.ts';
import type { SegmentReader } from '../storage/segment-store.ts';

/** One of the two bots that are compared, ready to be read. */
export interface Side {
  /** The bot's default language, in which its items are named. */
  language: string;
  sections: readonly StoredSection[];
  /** config.json, the icon, scripts; undefined for a definition alone. */
  files: readonly SideFile[] | undefined;
  /** Names of dialogs, actions and so on. */
  tasks: Manifest['tasks'];
  /** Digests of the segments of its outline; undefined where none is kept. */
  outline: readonly string[] | undefined;
}

export interface SideFile {
  name: string;
  digest: string;
  size: number;
  read(): Promise<string>;
}

/** All of a snapshot, as a side. */
export function sideOf(
  { manifest, outline }: { manifest: Manifest; outline: readonly string[] | undefined },
  segments: SegmentReader,
): Side {
  return {
    language: manifest.profile.defaultLanguage,
    sections: manifest.sections,
    tasks: manifest.tasks,
    outline,
    files: manifest.files.map(({ name, run }) => ({
      name,
      digest: run.digest,
      size: run.textLength,
      read: () => readRun(segments, run),
    })),
  };
}

/** @throws `difference_too_large` where more of a section would have to be read than may be in memory */
export function refuseLarge(key: string, size: number, mostBytes: number): void {
  if (size > mostBytes) {
    throw new BotportError('difference_too_large', `${key}: ${size} bytes would have to be read`);
  }
}
