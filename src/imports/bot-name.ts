import { readAll, sortMembers } from '../archives/members.ts';
import { openArchive } from '../archives/zip-reader.ts';
import { isObject } from '../definition/item.ts';
import { BotportError } from '../errors.ts';
import type { ImportLimits, ImportSource } from './bot-files.ts';
import { archiveSource, type UploadBytes } from './upload-bytes.ts';

/** A config larger than this is not read just for the name. */
const largestConfig = 1024 ** 2;

/**
 * The bot's name as far as it can be told at once, for the reply to the import call: config.json has it. Files that
 * cannot be read are no error here, the import will say what is wrong with them; then it is the file's name.
 */
export async function nameIn(
  uploads: UploadBytes,
  source: ImportSource,
  limits: ImportLimits,
): Promise<string> {
  const fallback = (source.mode === 'ZIP' ? source.zip : source.definition).fileName;
  try {
    const config: unknown = JSON.parse((await readConfig(uploads, source, limits)).toString('utf8'));
    return isObject(config) && typeof config.name === 'string' ? config.name : fallback;
  } catch (error) {
    if (error instanceof BotportError || error instanceof SyntaxError) return fallback;
    throw error;
  }
}

async function readConfig(uploads: UploadBytes, source: ImportSource, limits: ImportLimits): Promise<Buffer> {
  if (source.mode === 'JSON') {
    return uploads.read(source.config.id, 0, Math.min(source.config.size, largestConfig));
  }
  const { config } = sortMembers(await openArchive(archiveSource(uploads, source.zip), limits));
  return readAll(config, largestConfig);
}
