import { readAll, sortMembers } from '../archives/members.ts';
import { openArchive } from '../archives/zip-reader.ts';
import { BotportError } from '../errors.ts';
import type { BotFiles } from '../snapshots/ingest.ts';
import { defaultIcon } from './default-icon.ts';
import { archiveSource, type Upload, type Uploads } from './uploads.ts';

/** The uploads an import names. */
export type ImportSource =
  | { mode: 'ZIP'; zip: Upload }
  | { mode: 'JSON'; definition: Upload; config: Upload; icon: Upload; scripts: Upload[] };

export interface ImportLimits {
  maxUnpacked: number;
  /** Most bytes of one item, and of each file beside the definition. */
  maxItem: number;
}

/** Opens what an import is made of. Throws the registry's `zip_…` errors and `script_invalid`. */
export async function openBotFiles(
  uploads: Uploads,
  source: ImportSource,
  limits: ImportLimits,
): Promise<BotFiles> {
  return source.mode === 'ZIP' ? fromZip(uploads, source.zip, limits) : fromUploads(uploads, source, limits);
}

async function fromZip(uploads: Uploads, zip: Upload, limits: ImportLimits): Promise<BotFiles> {
  const members = sortMembers(await openArchive(archiveSource(uploads, zip), limits));
  const scripts = [];
  for (const script of members.scripts) {
    scripts.push({ name: script.name, content: await readAll(script, limits.maxItem) });
  }
  const icon = members.icon ? await readAll(members.icon, limits.maxItem) : defaultIcon;
  return {
    definition: members.definition.stream(),
    config: await readAll(members.config, limits.maxItem),
    others: [{ name: iconName, content: icon }, ...scripts],
  };
}

async function fromUploads(
  uploads: Uploads,
  { definition, config, icon, scripts }: ImportSource & { mode: 'JSON' },
  limits: ImportLimits,
): Promise<BotFiles> {
  const whole = (upload: Upload) => {
    if (upload.size <= limits.maxItem) return uploads.read(upload.id, 0, upload.size);
    throw new BotportError(
      'json_item_too_large',
      `${upload.fileName} is larger than ${limits.maxItem} bytes`,
    );
  };
  const named = [];
  for (const script of scripts)
    named.push({ name: scriptName(script.fileName), content: await whole(script) });
  refuseRepeatedNames(named.map(({ name }) => name));
  return {
    definition: uploads.stream(definition.id),
    config: await whole(config),
    others: [{ name: iconName, content: await whole(icon) }, ...named],
  };
}

/** The platform's own name, whatever the file was called. */
const iconName = 'icon.png';

/** Scripts keep their names; some clients upload them as `.txt`. */
function scriptName(fileName: string): string {
  return /\.js$/i.test(fileName) ? fileName : `${fileName.replace(/\.txt$/i, '')}.js`;
}

function refuseRepeatedNames(names: string[]): void {
  const repeated = names.find((name, index) =>
    names.slice(0, index).some((other) => other.toLowerCase() === name.toLowerCase()),
  );
  if (repeated !== undefined) throw new BotportError('script_invalid', `${repeated} is there twice`);
}
