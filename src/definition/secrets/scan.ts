import { sliceObject } from '../../json/slices.ts';
import { type JsonNode, type JsonObject, memberNamed, textOfToken } from '../../json/tree.ts';
import { isId } from '../diff/ids.ts';
import { isObject, textOf } from '../item.ts';
import type { BotMember } from '../layout.ts';
import { lineFinder } from '../texts/lines.ts';
import { places } from '../texts/spelling.ts';
import {
  type BotText,
  type Frame,
  type MemberText,
  pathOf,
  pointerOf,
  readMemberText,
  visitTexts,
} from '../texts/texts.ts';
import { type Detected, detect, judge, withoutOverlaps } from './detect.ts';
import type { Finding } from './finding.ts';
import { kindOfName } from './names.ts';
import { type BotNames, dialogNames, fieldPlace, itemPlace } from './places.ts';
import { entropy, isAddress, isFiller, isPublicValue, looksRandom } from './values.ts';

/**
 * The secrets of a bot, in the order of its files and of their texts.
 *
 * @throws `json_malformed`, `json_too_deep`, `json_not_utf8`
 */
export function scanBot(members: readonly BotMember[]): Finding[] {
  return members.flatMap((member) => {
    const text = readMemberText(member);
    return text ? scanMember(text) : [];
  });
}

function scanMember(member: MemberText): Finding[] {
  const found: { text: BotText; secrets: Detected[] }[] = [];
  visitTexts(member, {
    text(text) {
      const secrets = secretsIn(member, text);
      if (secrets.length > 0) found.push({ text, secrets });
    },
  });
  if (found.length === 0) return [];
  const names = namesIn(member);
  const lineOf = lineFinder(member.text);
  return found.flatMap(({ text, secrets }) => findingsOf(member, text, secrets, { names, lineOf }));
}

function secretsIn(member: MemberText, text: BotText): Detected[] {
  const { frame } = text;
  if (!frame || text.text.length < 4) return detect(text.text);
  const named = secretField(member, text, frame);
  return named ? withoutOverlaps([...detect(text.text), named]) : detect(text.text);
}

/** Members that hold what a variable, a header or a field is set to; what it is called stands beside them. */
const valueFields: ReadonlySet<string | number> = new Set(['value', 'values', 'fieldValue', 'defaultValue']);
const namingFields = ['key', 'name', 'fieldName', 'headerName', 'paramName'];

/** Lists of config.json that variables, and their values, are in. */
const variableLists: ReadonlySet<string | number> = new Set(['envVariables', 'botCollectionVariables']);

/** Members that people read, whatever they are called, and that name the thing they stand in. */
const wordFields =
  /^(?:name|lname|displayName|title|label|hint|description|desc|prompt|text|placeholder|type|_id|refId|streamId|sentence|taskName|language|state|fieldType|idp|errorMessage|message)$/;

/** The secret that a text is as a whole, by what it is called. */
function secretField(member: MemberText, { text }: BotText, frame: Frame): Detected | undefined {
  const { name, holder } = namedBy(member, frame);
  const isVariable = variableLists.has(holder.parent?.key ?? '') && valueFields.has(frame.key);
  if (name === undefined || wordFields.test(name)) return undefined;
  const whole = (kind: Detected['kind'], severity: Detected['severity'], from = 0): Detected => ({
    kind,
    severity,
    start: from,
    end: text.length,
    name,
  });
  const kind = kindOfName(name);
  if (kind !== undefined) {
    const scheme = /^(?:basic|bearer|token|apikey|api-key|key)\s{1,3}/i.exec(text)?.[0].length ?? 0;
    const severity = judge(kind, text.slice(scheme), isVariable);
    if (severity) return whole(kind, severity, scheme);
  }
  if (!isVariable || isFiller(text) || isPublicValue(text)) return undefined;
  if (isSecured(member, holder.node)) return whole('secured-variable', 'warning');
  const isRandom =
    text.length >= 24 && !isId(text) && looksRandom(text) && !isAddress(text) && entropy(text) >= 3.5;
  return isRandom && !/^[0-9a-f-]+$/i.test(text) ? whole('high-entropy', 'warning') : undefined;
}

/** What a text is called: by its key, or, where that is a word for values, by what stands beside it. */
function namedBy(member: MemberText, frame: Frame): { name: string | undefined; holder: Frame } {
  const parent = frame.parent ?? frame;
  // One of several values is called as they are.
  if (typeof frame.key === 'number') return { name: String(parent.key).replace(/s$/, ''), holder: parent };
  if (!valueFields.has(frame.key)) return { name: frame.key, holder: parent };
  // The value for a language belongs to what its languages stand in.
  const holder = (parent.parent?.key === 'localeData' && parent.parent.parent) || parent;
  if (holder.node.kind === 'object') {
    for (const field of namingFields) {
      const name = stringMember(member.text, holder.node, field);
      if (name !== undefined) return { name, holder };
    }
  }
  return { name: typeof holder.key === 'string' ? holder.key : undefined, holder };
}

function isSecured(member: MemberText, node: JsonNode): boolean {
  if (node.kind !== 'object') return false;
  const flag = memberNamed(node, 'isSecured');
  return flag !== undefined && /^"?true"?$/.test(member.text.slice(flag.start, flag.end));
}

function stringMember(text: string, object: JsonObject, name: string): string | undefined {
  const node = memberNamed(object, name);
  return node?.kind === 'string' ? textOf(textOfToken(text.slice(node.start, node.end))) : undefined;
}

/** What is known of a file once there is a finding in it. */
interface Known {
  names: BotNames;
  lineOf: ReturnType<typeof lineFinder>;
}

/** The findings of a text. There may be many: what they share is looked up once. */
function findingsOf(
  member: MemberText,
  text: BotText,
  secrets: readonly Detected[],
  { names, lineOf }: Known,
): Finding[] {
  const place = places(member.text.slice(text.start, text.end), text.spelling);
  const path = pathOf(text.frame);
  const pointer = pointerOf(path);
  const stable = `${member.name}${pointerOf(stablePath(member, text.frame))}`;
  const wordsFor = wordsIn(member, text, path, names);
  return secrets.map(({ kind, severity, start, end, name }): Finding => {
    const written = { start: text.start + place(start), end: text.start + place(end) };
    return {
      kind,
      severity,
      name,
      value: text.text.slice(start, end),
      at: { start, end },
      written,
      text: { start: text.start, end: text.end, spelling: text.spelling },
      place: {
        ...wordsFor(name, start),
        path,
        member: member.name,
        pointer,
        stable,
        ...lineOf(written.start),
      },
    };
  });
}

/** Says of the secrets of a text where they are, by their names and places in it. */
function wordsIn(
  member: MemberText,
  text: BotText,
  path: readonly (string | number)[],
  names: BotNames,
): (name: string | undefined, start: number) => { words: string; item: string } {
  const lineOf = lineFinder(text.text);
  if (!text.frame) {
    const item = member.name.replace(/\.js$/i, '');
    return (name, start) => {
      const named = name === undefined ? '' : ` "${name}"`;
      return { words: `${member.name}, line ${lineOf(start).line}${named}`, item };
    };
  }
  const { node } = itemFrame(text.frame);
  const value = JSON.parse(member.text.slice(node.start, node.end)) as unknown;
  if (variableLists.has(path[0] ?? '')) {
    const key = isObject(value) ? textOf(value.key) : undefined;
    return () => ({ words: `variable "${key ?? path[1]}"`, item: '' });
  }
  const where = itemPlace(path, value, names);
  const rest = path.slice(typeof path[1] === 'number' ? 2 : 1);
  const isLong = text.text.includes('\n');
  return (name, start) => {
    const field =
      rest.length === 0 ? undefined : fieldPlace(rest, name, isLong ? lineOf(start).line : undefined);
    return { words: field === undefined ? where.words : `${where.words}, ${field}`, item: where.name };
  };
}

/** The item of a section, or the section, that a value is in. */
function itemFrame(frame: Frame): Frame {
  const chain: Frame[] = [];
  for (let at: Frame | undefined = frame; at?.parent; at = at.parent) chain.unshift(at);
  const [section = frame, item] = chain;
  return item && section.node.kind === 'list' ? item : section;
}

/** The path with the ids of items in place of their positions. */
function stablePath(member: MemberText, frame: Frame | undefined): (string | number)[] {
  const path: (string | number)[] = [];
  for (let at = frame; at?.parent; at = at.parent) {
    const { node } = at;
    const id =
      typeof at.key === 'number' && node.kind === 'object'
        ? ['refId', '_id', 'key', 'name'].map((field) => stringMember(member.text, node, field)).find(Boolean)
        : undefined;
    path.unshift(id ?? at.key);
  }
  return path;
}

function namesIn({ name, text }: MemberText): BotNames {
  const nothing: BotNames = { defaultLanguage: undefined, dialogOfComponent: new Map() };
  if (!/\.json$/i.test(name)) return nothing;
  const { members } = sliceObject(text, name);
  const valueNamed = (key: string): unknown => {
    const found = members.findLast((member) => member.key === key);
    return found && JSON.parse(text.slice(found.start, found.end));
  };
  const defaultLanguage = textOf(valueNamed('defaultLanguage'));
  const dialogs = valueNamed('dialogs');
  return {
    defaultLanguage,
    dialogOfComponent: dialogNames(Array.isArray(dialogs) ? dialogs : [], defaultLanguage),
  };
}
