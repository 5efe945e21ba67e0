import { slug } from '../layout/names.ts';
import type { BotMember } from '../layout.ts';
import { applyEdits, type Edit, editMember } from '../texts/edits.ts';
import { readSpelled, spell } from '../texts/spelling.ts';
import { type MemberText, readMemberText } from '../texts/texts.ts';
import type { Finding } from './finding.ts';
import { placeholder, placeholdersIn } from './placeholders.ts';
import { scanBot } from './scan.ts';

/** A secret that was taken out, under the name of its placeholder. */
export interface TakenSecret {
  name: string;
  /** What fills the placeholder. */
  value: string;
  /** Where it stood: the same value has one placeholder wherever it is. */
  findings: Finding[];
}

/**
 * Replaces the secrets of a bot by placeholders. All else stays byte for byte as it is, and filling the placeholders with
 * the values gives the bot back.
 */
export function redactBot(members: readonly BotMember[]): { members: BotMember[]; secrets: TakenSecret[] } {
  const findings = scanBot(members);
  const texts = new Map<string, MemberText>();
  for (const member of members) {
    const text = readMemberText(member);
    if (text) texts.set(member.name, text);
  }
  const names = new SecretNames([...texts.values()].flatMap(({ text }) => placeholdersIn(text)));
  const secrets = new Map<string, TakenSecret & { raw: boolean }>();
  const edits = new Map<string, Edit[]>();
  const take = (finding: Finding, value: string, raw: boolean): string => {
    const key = `${raw}${value}`;
    const secret = secrets.get(key) ?? { name: names.take(finding), value, raw, findings: [] };
    secrets.set(key, secret);
    secret.findings.push(finding);
    return placeholder(secret);
  };
  for (const group of byText(findings)) {
    const member = texts.get(group[0]?.place.member ?? '');
    if (!member) continue;
    const isPlain = keepsSpelling(group, member.text);
    const put: Edit[] = group.flatMap((finding) => {
      const { written, value, text } = finding;
      if (member.encoding === 'latin1') return bytewise(finding, (part) => take(finding, part, false));
      const asWritten = member.text.slice(written.start, written.end);
      const raw = !isPlain || spell(value, text.spelling) !== asWritten;
      return [{ ...written, text: take(finding, raw ? asWritten : value, raw) }];
    });
    const those = edits.get(member.name) ?? [];
    for (const edit of put) those.push(edit);
    edits.set(member.name, those);
  }
  return {
    members: members.map((member) => {
      const text = texts.get(member.name);
      return text ? editMember(member, text, edits.get(member.name) ?? []) : member;
    }),
    secrets: [...secrets.values()].map(({ name, value, findings: those }) => ({
      name,
      value,
      findings: those,
    })),
  };
}

/** The findings of each text, in their order. */
function byText(findings: readonly Finding[]): Finding[][] {
  return [...Map.groupBy(findings, ({ place, text }) => `${place.member}\n${text.start}`).values()];
}

/** Bytes that are no UTF-8 stay: without them the file would be, and what is put back would be written otherwise. */
function bytewise({ value, written }: Finding, take: (part: string) => string): Edit[] {
  return [...value.matchAll(/[ -~]+/g)].map(({ 0: part, index }) => {
    const start = written.start + index;
    return { start, end: start + part.length, text: take(part) };
  });
}

/** Whether a text is spelled in the same way without its secrets: else nobody could tell how it was. */
function keepsSpelling(findings: readonly Finding[], written: string): boolean {
  const [first] = findings;
  if (!first?.text.spelling.json) return true;
  const { start, end, spelling } = first.text;
  const edits = findings.map((finding) => ({
    start: finding.written.start - start,
    end: finding.written.end - start,
    text: placeholder({ name: 'X', raw: false }),
  }));
  return readSpelled(applyEdits(written.slice(start, end), edits)).spelling.encoded === spelling.encoded;
}

const longestName = 80;

/** Names of placeholders: from where the secret stands, each once. */
class SecretNames {
  readonly #taken: Set<string>;
  /** The number to try next for a name: many secrets may share one. */
  readonly #next = new Map<string, number>();

  constructor(taken: readonly { name: string }[]) {
    this.#taken = new Set(taken.map(({ name }) => name));
  }

  take({ kind, name, place }: Finding): string {
    const variable = /^variable "(.*)"$/s.exec(place.words)?.[1];
    const words = capitals(variable ?? `${place.item} ${name ?? kind}`);
    const base = (/^[A-Z]/.test(words) ? words : `SECRET_${words}`).slice(0, longestName).replace(/_+$/, '');
    let number = this.#next.get(base) ?? 1;
    const numbered = () => (number === 1 ? base : `${base}_${number}`);
    while (this.#taken.has(numbered())) number += 1;
    this.#taken.add(numbered());
    this.#next.set(base, number);
    return numbered();
  }
}

function capitals(text: string): string {
  const ascii = slug(text, longestName).normalize('NFD').replace(/\p{M}/gu, '').toUpperCase();
  return ascii.replace(/[^A-Z0-9]+/g, '_').replace(/^_+/, '');
}
