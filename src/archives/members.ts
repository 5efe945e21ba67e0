import { BotportError, type ErrorName } from '../errors.ts';
import { type ArchiveMember, printableName } from './zip-reader.ts';

/** The members of a bot export, each in its part. */
export interface BotMembers<M = ArchiveMember> {
  definition: M;
  config: M;
  icon?: M;
  /** Bot functions, in the order of the archive. */
  scripts: M[];
}

/** Most files of bot functions a bot may have. */
export const mostScripts = 10;

/** Which member is what, by its name. */
export const memberNames = {
  definition: /(botdefinition|appdefinition).*\.json$/i,
  config: /^(bot)?config\.json$/i,
  icon: /^icon\.png$/i,
  script: /\.js$/i,
};

/** Says which member is what, by name. Throws `zip_members` where one is missing, there twice, or foreign. */
export function sortMembers<M extends { name: string }>(archive: { members: readonly M[] }): BotMembers<M> {
  const named = (pattern: RegExp) => archive.members.filter(({ name }) => pattern.test(name));
  const definition = only('botDefinition.json', named(memberNames.definition));
  const config = only('config.json', named(memberNames.config));
  const [icon] = named(memberNames.icon);
  const scripts = named(memberNames.script);
  if (scripts.length > mostScripts) {
    throw new BotportError(
      'zip_members',
      `the archive has ${scripts.length} .js files; at most ${mostScripts} are taken`,
    );
  }
  const taken = new Set([definition, config, icon, ...scripts]);
  const foreign = archive.members.find((member) => !taken.has(member));
  if (foreign)
    throw new BotportError('zip_members', `${printableName(foreign.name)} is no part of an export`);
  return { definition, config, scripts, ...(icon && { icon }) };
}

/** The content of a small member. Throws the error named where it is larger than `maxBytes`. */
export async function readAll(
  member: ArchiveMember,
  maxBytes: number,
  tooLarge: ErrorName = 'zip_unsafe',
): Promise<Buffer> {
  if (member.size > maxBytes) {
    throw new BotportError(
      tooLarge,
      `${printableName(member.name)} holds ${member.size} bytes; at most ${maxBytes} are taken`,
    );
  }
  const pieces: Buffer[] = [];
  for await (const piece of member.stream()) pieces.push(piece);
  return Buffer.concat(pieces);
}

function only<M extends { name: string }>(expected: string, found: readonly M[]): M {
  const [first, second] = found;
  if (!first) throw new BotportError('zip_members', `${expected} is missing`);
  if (second) {
    throw new BotportError(
      'zip_members',
      `both ${printableName(first.name)} and ${printableName(second.name)} could be the ${expected}`,
    );
  }
  return first;
}
