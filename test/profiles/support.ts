import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach } from 'vitest';

export interface ConfigFolder {
  folder: string;
  /** The file of profiles. */
  file: string;
  /** Writes a file beside it, for its owner only. */
  write(name: string, text: string, mode?: number): string;
}

/** A maker of folders with a file of profiles; they go after the test. */
export function configFolders(): (profiles: string, mode?: number) => ConfigFolder {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });
  return (profiles, mode = 0o600) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'botport-profiles-'));
    folders.push(folder);
    const write = (name: string, text: string, fileMode = 0o600) => {
      const file = path.join(folder, name);
      writeFileSync(file, text, { mode: fileMode });
      return file;
    };
    return { folder, file: write('config.yaml', profiles, mode), write };
  };
}
