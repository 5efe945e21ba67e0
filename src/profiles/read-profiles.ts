import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { BotportError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { knownKeys, type Profile, profilesFile } from './profile.ts';

export type Environment = Record<string, string | undefined>;

export interface Profiles {
  /** Where they stand, or would. */
  file: string;
  /** The profile that counts where no host is named. */
  default: string | undefined;
  hosts: ReadonlyMap<string, Profile>;
}

/** A file that people write; a larger one is something else. */
const largestFile = 1024 ** 2;

/** The place of the file. An empty variable is as good as none. */
export function profilesPath(env: Environment, platform: NodeJS.Platform = process.platform): string {
  if (env.BOTPORT_CONFIG) return env.BOTPORT_CONFIG;
  const usual = platform === 'win32' ? env.APPDATA : env.XDG_CONFIG_HOME;
  // A relative path there is invalid and ignored: https://specifications.freedesktop.org/basedir-spec/latest/
  const base = usual && path.isAbsolute(usual) ? usual : path.join(env.HOME || homedir(), '.config');
  return path.join(base, 'botport', 'config.yaml');
}

/**
 * Reads the file of profiles. There need not be one, unless BOTPORT_CONFIG names it.
 *
 * @throws `profiles_invalid`, `profiles_exposed`, `profile_unknown`
 */
export function readProfiles(env: Environment): Profiles {
  const file = profilesPath(env);
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found && !env.BOTPORT_CONFIG) return { file, default: undefined, hosts: new Map() };
  if (!found?.isFile()) throw new BotportError('profiles_invalid', `there is no file ${file}`);
  if (found.size > largestFile) throw new BotportError('profiles_invalid', `${file} is too large`);
  refuseChangeable(file, found.mode);
  const { hosts, default: usual } = parse(readFileSync(file, 'utf8'), file);
  const profiles = { file, default: usual, hosts: new Map(Object.entries(hosts)) };
  if (usual !== undefined) profileOf(profiles, usual);
  return profiles;
}

/** The profile of a name. Throws `profile_unknown`. */
export function profileOf({ file, hosts }: Profiles, name: string): Profile {
  const found = hosts.get(name);
  if (found) return found;
  const hint = nearest(name, hosts.keys());
  const words = hint === undefined ? '' : `; did you mean ${hint}?`;
  throw new BotportError(
    'profile_unknown',
    `${JSON.stringify(name)} is no http or https URL, and not in ${file}${words}`,
  );
}

/** Whoever can write to it can have tokens sent to a host of theirs. Windows keeps who may write elsewhere. */
function refuseChangeable(file: string, mode: number): void {
  if (process.platform === 'win32' || (mode & 0o022) === 0) return;
  throw new BotportError('profiles_exposed', `${file} has mode ${(mode & 0o777).toString(8)}`);
}

function parse(text: string, file: string): z.infer<typeof profilesFile> {
  const invalid = (words: string) => new BotportError('profiles_invalid', `${file}${words}`);
  const document = parseDocument(text, { prettyErrors: true, logLevel: 'silent' });
  const [error] = document.errors;
  // The parser's own words show the line, in which a secret may stand by mistake.
  if (error) throw invalid(`, line ${error.linePos?.[0].line ?? 1}: ${error.code}`);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch {
    throw invalid(': too many aliases');
  }
  const parsed = profilesFile.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(`: ${parsed.error.issues.map(faultOf).join('; ')}`);
}

function faultOf(issue: z.core.$ZodIssue): string {
  const where = issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  if (issue.code === 'invalid_key') return `${where}${issue.issues[0]?.message ?? issue.message}`;
  if (issue.code !== 'unrecognized_keys') return `${where}${issue.message}`;
  const known = issue.path.length === 0 ? knownKeys.file : knownKeys.profile;
  const faults = issue.keys.map((key) => {
    const hint = nearest(key, known);
    const words = hint === undefined ? `known are ${known.join(', ')}` : `did you mean ${hint}?`;
    return `unknown key ${JSON.stringify(key)}; ${words}`;
  });
  return `${where}${faults.join('; ')}`;
}
