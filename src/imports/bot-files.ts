import { readAll, sortMembers } from '../archives/members.ts';
import { nameFault, openArchive, printableName, repeatedName } from '../archives/zip-reader.ts';
import { BotportError } from '../errors.ts';
import type { BotFiles } from '../snapshots/ingest.ts';
import { defaultIcon } from './default-icon.ts';
import { archiveSource, type UploadBytes } from './upload-bytes.ts';
import type { Upload } from './uploads.ts';

/** The uploads an import names. */
export type ImportSource =
  | { mode: 'ZIP'; zip: Upload }
  | { mode: 'JSON'; definition: Upload; config: Upload; icon?: Upload | undefined; scripts: Upload[] };

/** What can be looked at: what an import names, or a definition alone. */
export type BotSource = ImportSource | { mode: 'definition'; definition: Upload };

export interface ImportLimits {
  maxUnpacked: number;
  /** Most bytes of one item. */
  maxItem: number;
}

export interface OpenedBot extends BotFiles {
  /** Bytes of the definition. */
  definitionSize: number;
}

/** Opens what an import is made of. Throws the registry's `zip_…` errors and `script_invalid`. */
export async function openBotFiles(
  uploads: UploadBytes,
  source: BotSource,
  limits: ImportLimits,
): Promise<OpenedBot> {
  if (source.mode === 'definition') return fromDefinition(uploads, source.definition);
  return source.mode === 'ZIP' ? fromZip(uploads, source.zip, limits) : fromUploads(uploads, source);
}

async function fromZip(uploads: UploadBytes, zip: Upload, limits: ImportLimits): Promise<OpenedBot> {
  const members = sortMembers(await openArchive(archiveSource(uploads, zip), limits));
  const scripts = [];
  for (const script of members.scripts) {
    scripts.push({ name: script.name, content: await readAll(script, largestSideFile) });
  }
  const icon = members.icon ? await readAll(members.icon, largestSideFile) : defaultIcon;
  return {
    definition: members.definition.stream(),
    definitionSize: members.definition.size,
    config: await readAll(members.config, largestSideFile),
    others: [{ name: iconName, content: icon }, ...scripts],
  };
}

async function fromUploads(
  uploads: UploadBytes,
  { definition, config, icon, scripts }: ImportSource & { mode: 'JSON' },
): Promise<OpenedBot> {
  const named = scripts.map((upload) => ({ name: scriptName(upload.fileName), upload }));
  refuseNames(named.map(({ name }) => name));
  const others = [{ name: iconName, content: icon ? await readSideFile(uploads, icon) : defaultIcon }];
  for (const { name, upload } of named) others.push({ name, content: await readSideFile(uploads, upload) });
  return {
    definition: uploads.stream(definition.id),
    definitionSize: definition.size,
    config: await readSideFile(uploads, config),
    others,
  };
}

function fromDefinition(uploads: UploadBytes, { id, size }: Upload): OpenedBot {
  return { definition: uploads.stream(id), definitionSize: size, config: emptyConfig, others: [] };
}

const emptyConfig = Buffer.from('{"envVariables":[]}');

/** The whole of a file beside the definition. Throws `json_item_too_large`. */
export async function readSideFile(uploads: UploadBytes, upload: Upload): Promise<Buffer> {
  if (upload.size <= largestSideFile) return uploads.read(upload.id, 0, upload.size);
  throw new BotportError('json_item_too_large', `${upload.fileName} is larger than ${largestSideFile} bytes`);
}

/** Most bytes of each file beside the definition: a hundred times what the platform takes. */
const largestSideFile = 8 * 1024 ** 2;

/** The platform's own name, whatever the file was called. */
const iconName = 'icon.png';

/** Scripts keep their names; some clients upload them as `.txt`. */
export function scriptName(fileName: string): string {
  return /\.js$/i.test(fileName) ? fileName : `${fileName.replace(/\.txt$/i, '')}.js`;
}

/** Names of scripts that an archive cannot hold: the exports of the bot could not be imported again. Throws `script_invalid`. */
export function refuseNames(names: string[]): void {
  for (const name of names) {
    const fault = nameFault(name);
    if (fault !== undefined) throw new BotportError('script_invalid', `${printableName(name)} ${fault}`);
  }
  const repeated = repeatedName(names);
  if (repeated !== undefined) throw new BotportError('script_invalid', `${repeated} is there twice`);
}
