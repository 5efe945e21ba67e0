import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { BotMember } from '../definition/layout.ts';
import { explodeBot } from '../definition/layout.ts';
import { redactBot, type TakenSecret } from '../definition/secrets/redact.ts';
import { BotportError } from '../errors.ts';
import { packMembers } from '../exploded/pack.ts';
import { replaceFile } from '../exploded/replace-file.ts';
import { writeFolder } from '../exploded/write-folder.ts';
import type { LocalKind } from '../local/local-bot.ts';
import { kindOf, readLocalBot } from '../local/read-bot.ts';
import { environmentText } from './environment-text.ts';

export interface RedactOptions {
  /** Where the secrets go; beside the result where nothing is said. */
  environmentFile?: string | undefined;
  /** Whether an environment file that is there may be replaced. */
  force?: boolean | undefined;
}

export interface Redacted {
  /** The secrets that were replaced, each with its placeholder. */
  secrets: TakenSecret[];
  /** Undefined where there were none: then none is written. */
  environmentFile: string | undefined;
}

/**
 * Writes a bot, in the form it has, with placeholders for its secrets, and the environment file that fills them. Both are
 * there in the end, or neither.
 *
 * @throws `redact_conflict`, and what reading and writing the bot throws
 */
export async function redactPath(
  from: string,
  to: string,
  {
    environmentFile = `${to.replace(/(?:\.zip|\.json|[/\\])$/i, '')}.secrets.yaml`,
    force = false,
  }: RedactOptions,
  limits: { maxUnpacked: number },
): Promise<Redacted> {
  const form = kindOf(from);
  refuseSame(from, to, 'the bot that is read');
  const { members, definition } = await readLocalBot(from, limits);
  const { members: redacted, secrets } = redactBot(members);
  const write = await writer(form, to, redacted, definition.name, limits);
  if (secrets.length === 0) {
    write();
    return { secrets, environmentFile: undefined };
  }
  refuseSame(from, environmentFile, 'the bot that is read');
  refuseSame(to, environmentFile, 'the redacted bot');
  refuseInside(form, from, environmentFile);
  refuseInside(form, to, environmentFile);
  if (existsSync(environmentFile) && !force) {
    throw new BotportError('redact_conflict', `${environmentFile} is there already`);
  }
  const partial = `${environmentFile}.${randomUUID()}.partial`;
  try {
    writeFileSync(partial, environmentText(secrets), { flag: 'wx', mode: 0o600 });
    write();
    renameSync(partial, environmentFile);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
  return { secrets, environmentFile };
}

/** What writes the bot in one step. All that can be refused is refused before. */
async function writer(
  form: LocalKind,
  to: string,
  members: readonly BotMember[],
  definitionName: string,
  limits: { maxUnpacked: number },
): Promise<() => void> {
  const isFolder = statSync(to, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if ((form === 'archive' || form === 'definition') && isFolder) {
    throw new BotportError('redact_conflict', `${to} is a folder`);
  }
  switch (form) {
    case 'archive': {
      const bytes = await packMembers(members);
      return () => replaceFile(to, bytes);
    }
    case 'definition': {
      const [definition] = members;
      return () => replaceFile(to, definition?.content ?? '');
    }
    case 'exploded folder': {
      const files = explodeBot(members, definitionName);
      return () => {
        writeFolder(to, files, limits.maxUnpacked);
      };
    }
    case 'folder': {
      if (existsSync(to) && (!isFolder || readdirSync(to).length > 0)) {
        throw new BotportError('redact_conflict', `${to} is not empty`);
      }
      return () => writeNewFolder(to, members);
    }
  }
}

/** The folder is there with all its files, or not at all. */
function writeNewFolder(to: string, members: readonly BotMember[]): void {
  const partial = `${to.replace(/[/\\]+$/, '')}.${randomUUID()}.partial`;
  try {
    mkdirSync(partial, { recursive: true });
    for (const { name, content } of members) writeFileSync(path.join(partial, name), content, { flag: 'wx' });
    renameSync(partial, to);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
}

function refuseSame(one: string, other: string, what: string): void {
  if (real(one) === real(other)) throw new BotportError('redact_conflict', `${other} is ${what}`);
}

/** Secrets that lie in the folder are as good as not taken out. */
function refuseInside(form: LocalKind, folder: string, file: string): void {
  if (form === 'archive' || form === 'definition') return;
  const relative = path.relative(real(folder), real(file));
  if (!relative.startsWith('..') && !path.isAbsolute(relative)) {
    throw new BotportError('redact_conflict', `${file} would be in the folder of the bot`);
  }
}

/** The path without links, as far as it is there. */
function real(place: string): string {
  if (existsSync(place)) return realpathSync(place);
  const parent = path.dirname(path.resolve(place));
  return parent === path.resolve(place) ? parent : path.join(real(parent), path.basename(place));
}
