import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { packMembers } from '../../src/exploded/pack.ts';
import { pixel, smallDefinition } from './server.ts';

/** What commands read bots with, where nothing is set. */
export const limits = loadConfig({});

/** A folder for the files of a test file; it goes with the last test. */
export function scratchFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'botport-files-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  return folder;
}

type Content = string | Buffer | object;

/** The files of a small bot, by their names; what is given stands in the place of its own. */
export function smallBot(files: Record<string, Content> = {}): { name: string; content: Buffer }[] {
  const all: Record<string, Content> = {
    'botDefinition.json': smallDefinition(),
    'config.json': { name: 'A bot', envVariables: [] },
    'icon.png': pixel,
    ...files,
  };
  return Object.entries(all).map(([name, content]) => ({ name, content: bytesOf(content) }));
}

function bytesOf(content: Content): Buffer {
  if (Buffer.isBuffer(content)) return content;
  return Buffer.from(typeof content === 'string' ? content : JSON.stringify(content, null, 4));
}

/** A new folder with the files of a small bot. */
export function writeBot(folder: string, files: Record<string, Content> = {}): string {
  mkdirSync(folder, { recursive: true });
  for (const { name, content } of smallBot(files)) writeFileSync(path.join(folder, name), content);
  return folder;
}

/** The archive of a small bot. */
export async function zipBot(file: string, files: Record<string, Content> = {}): Promise<string> {
  writeFileSync(file, await packMembers(smallBot(files)));
  return file;
}
