import type { BotMember } from '../definition/layout.ts';
import { placeholdersIn } from '../definition/secrets/placeholders.ts';
import { type Edit, editMember } from '../definition/texts/edits.ts';
import { places, type Spelling, spell } from '../definition/texts/spelling.ts';
import {
  type BotText,
  type Frame,
  type MemberText,
  pathOf,
  readMemberText,
  visitTexts,
  visitValues,
} from '../definition/texts/texts.ts';
import { BotportError } from '../errors.ts';
import { memberNamed, textOfToken } from '../json/tree.ts';
import { replaceEndpoint } from './endpoints.ts';
import type { Environment } from './environment.ts';
import { findUrls } from './urls.ts';

/** What an environment did to a bot. */
export interface EnvironmentReport {
  /** Keys of the variables that were set. */
  variables: string[];
  /** How often each beginning of a URL was replaced. */
  urls: Record<string, number>;
  /** How many placeholders of each name were filled. */
  secrets: Record<string, number>;
  /** What the environment names and the bot does not have: variables, URLs. */
  warnings: string[];
}

/**
 * The files of a bot as they are on another host: variables set, URLs replaced, secrets put back. All else stays byte for
 * byte as it is. Nothing that was put in is looked at again.
 *
 * @throws `environment_incomplete` where a placeholder has no value, or a value that cannot stand there; `json_malformed`
 */
export function applyEnvironment(
  members: readonly BotMember[],
  environment: Environment,
): { members: BotMember[]; report: EnvironmentReport } {
  const set = new Set<string>();
  const urls = new Map([...environment.urls.keys()].map((url) => [url, 0]));
  const secrets = new Map<string, number>();
  const missing = new Set<string>();

  const fill = ({ name, raw }: { name: string; raw: boolean }, spelling: Spelling): string => {
    const value = environment.secrets.get(name);
    if (value === undefined) {
      missing.add(name);
      return '';
    }
    if (raw && spelling.json && !isWrittenText(value)) {
      throw new BotportError('environment_incomplete', `${name} is put in as it is, and is no text in JSON`);
    }
    secrets.set(name, (secrets.get(name) ?? 0) + 1);
    return raw ? value : spell(value, spelling);
  };

  const editsIn = ({ text, start, end, spelling }: BotText, written: string): Edit[] => {
    const found = [
      ...placeholdersIn(text).map((one) => ({ ...one, put: () => fill(one, spelling) })),
      ...findUrls(text, [...urls.keys()]).map((one) => ({
        ...one,
        put: () => {
          urls.set(one.from, (urls.get(one.from) ?? 0) + 1);
          return spell(environment.urls.get(one.from) ?? '', spelling);
        },
      })),
    ].sort((a, b) => a.start - b.start);
    if (found.length === 0) return [];
    const place = places(written.slice(start, end), spelling);
    return found.map((one) => ({
      start: start + place(one.start),
      end: start + place(one.end),
      text: one.put(),
    }));
  };

  const changed = members.map((member) => {
    const text = readMemberText(member);
    if (!text) return member;
    const variables = isConfig(text) ? variableEdits(text, environment.variables) : [];
    for (const { key } of variables) set.add(key);
    const edits: Edit[] = [...variables];
    // A file without any of it need not be read: definitions are large.
    if (mayHold(text.text, urls)) {
      visitTexts(text, {
        text(one) {
          const isSet = variables.some(({ start, end }) => start <= one.start && one.end <= end);
          if (!isSet) edits.push(...editsIn(one, text.text));
        },
        object({ node }) {
          const replaced = urls.size > 0 ? replaceEndpoint(text.text, node, environment.urls) : undefined;
          if (!replaced) return;
          urls.set(replaced.from, (urls.get(replaced.from) ?? 0) + 1);
          edits.push(...replaced.edits);
        },
      });
    }
    return editMember(member, text, edits);
  });
  if (missing.size > 0) {
    throw new BotportError(
      'environment_incomplete',
      `no value for ${[...missing].sort().join(', ')}, under \`secrets\``,
    );
  }
  return {
    members: changed,
    report: {
      variables: [...set],
      urls: Object.fromEntries(urls),
      secrets: Object.fromEntries(secrets),
      warnings: [
        ...[...environment.variables.keys()]
          .filter((key) => !set.has(key))
          .map((key) => `the bot has no variable "${key}"`),
        ...[...urls].filter(([, count]) => count === 0).map(([url]) => `no URL begins with ${url}`),
      ],
    },
  };
}

function isConfig({ name }: MemberText): boolean {
  return /^(bot)?config\.json$/i.test(name);
}

/** Placeholders are spelled the same everywhere; of a URL, the name of the scheme is. */
function mayHold(text: string, urls: ReadonlyMap<string, unknown>): boolean {
  return (
    text.includes('(botport-secret.') ||
    [...urls.keys()].some((url) => text.includes(url.split(':')[0] ?? url))
  );
}

/** Whether a text can stand between the quotes of a JSON string. */
function isWrittenText(value: string): boolean {
  try {
    return typeof JSON.parse(`"${value}"`) === 'string';
  } catch {
    return false;
  }
}

/** The values of the environment variables that are to be set; one that says none gets it behind its key. */
function variableEdits(config: MemberText, values: ReadonlyMap<string, string>): (Edit & { key: string })[] {
  const edits: (Edit & { key: string })[] = [];
  visitValues(config, (frame) => {
    const [list, index] = pathOf(frame);
    if (list !== 'envVariables' || typeof index !== 'number') return;
    const edit = variableEdit(config.text, frame, values);
    if (edit) edits.push(edit);
  });
  return edits;
}

function variableEdit(
  text: string,
  { node }: Frame,
  values: ReadonlyMap<string, string>,
): (Edit & { key: string }) | undefined {
  if (node.kind !== 'object') return undefined;
  const named = memberNamed(node, 'key');
  if (named?.kind !== 'string') return undefined;
  const key = textOfToken(text.slice(named.start, named.end));
  const value = values.get(key);
  if (value === undefined) return undefined;
  const old = memberNamed(node, 'value');
  return old
    ? { key, start: old.start, end: old.end, text: JSON.stringify(value) }
    : { key, start: named.end, end: named.end, text: `,"value":${JSON.stringify(value)}` };
}
