import { itemsOf, unsetVariables } from '../definition/config-file.ts';
import { titleOf } from '../definition/diff/words.ts';
import { isObject, textOf } from '../definition/item.ts';
import { References } from '../definition/references.ts';
import type { LocalBot, LocalKind } from '../local/local-bot.ts';
import type { LocalSnapshot } from '../local/snapshot.ts';
import { configRun } from '../snapshots/manifest.ts';
import { parseOutline } from '../snapshots/outline.ts';
import { readItems, readRun } from '../snapshots/read.ts';
import { bytesOfContent } from '../snapshots/stretches.ts';
import { type CallGraph, callGraph } from './call-graph.ts';

export interface InspectedSection {
  section: string;
  title: string;
  /** Items of a list; null for what is no list. */
  items: number | null;
  bytes: number;
}

/** A variable by its name alone: what it is set to is never told. */
export interface InspectedVariable {
  key: string;
  used: boolean;
  /** `missing`: something uses it, and the bot does not have it. `unknown`: there is no config.json to say. */
  state: 'set' | 'unset' | 'missing' | 'unknown';
}

/** What is in a bot. */
export interface Inspection extends CallGraph {
  kind: LocalKind;
  name: string;
  id: string | null;
  type: string;
  purpose: string;
  defaultLanguage: string;
  languages: string[];
  platformVersion: string | null;
  files: { name: string; bytes: number }[];
  /** In their order; those that are written anew in every export are left out. */
  sections: InspectedSection[];
  environmentVariables: InspectedVariable[];
  contentVariables: InspectedVariable[];
}

export async function inspect(bot: LocalBot, snapshot: LocalSnapshot): Promise<Inspection> {
  const { manifest, outline, segments, botId } = snapshot;
  const { profile } = manifest;
  const references = new References(await parseOutline(segments, outline));
  return {
    kind: bot.kind,
    name: profile.name,
    id: botId ?? null,
    type: profile.type,
    purpose: profile.purpose,
    defaultLanguage: profile.defaultLanguage,
    languages: profile.languages,
    platformVersion: platformVersion(snapshot),
    files: bot.members.map(({ name, content }) => ({ name, bytes: content.length })),
    sections: manifest.sections.flatMap(({ key, count, content }) =>
      content ? [{ section: key, title: titleOf(key), items: count, bytes: bytesOfContent(content) }] : [],
    ),
    environmentVariables: await environmentVariables(references, snapshot),
    contentVariables: await contentVariables(references, snapshot),
    ...callGraph(references, manifest.tasks),
  };
}

function platformVersion({ manifest }: LocalSnapshot): string | null {
  const content = manifest.sections.find(({ key }) => key === 'environmentVersionInfo')?.content;
  const version: unknown = content?.form === 'text' ? JSON.parse(content.text) : undefined;
  return typeof version === 'string' ? version : null;
}

async function environmentVariables(
  references: References,
  { manifest, segments, definitionOnly }: LocalSnapshot,
): Promise<InspectedVariable[]> {
  const used = new Set(references.usedVariables());
  if (definitionOnly) return [...used].sort().map((key) => ({ key, used: true, state: 'unknown' }));
  const config = await readRun(segments, configRun(manifest));
  const there = new Set(itemsOf(config, 'envVariables').flatMap(keyOf));
  const unset = new Set(unsetVariables(config, [...used]));
  return [...new Set([...there, ...used])].sort().map((key) => ({
    key,
    used: used.has(key),
    state: !there.has(key) ? 'missing' : unset.has(key) ? 'unset' : 'set',
  }));
}

function keyOf(variable: string): string[] {
  const { key } = JSON.parse(variable) as { key?: unknown };
  return typeof key === 'string' ? [key] : [];
}

/** Words in a script may merely look like content variables: those the bot does not have are none. */
async function contentVariables(
  references: References,
  { manifest, segments }: LocalSnapshot,
): Promise<InspectedVariable[]> {
  const content = manifest.sections.find(({ key }) => key === 'contentVariables')?.content;
  if (!content) return [];
  const used = new Set(references.usedContentVariables());
  const found: InspectedVariable[] = [];
  for await (const text of readItems(segments, content)) {
    const item: unknown = JSON.parse(text);
    const key = isObject(item) ? textOf(item.key) : undefined;
    if (key !== undefined) found.push({ key, used: used.has(key), state: hasValue(item) ? 'set' : 'unset' });
  }
  return found.sort((one, other) => (one.key < other.key ? -1 : 1));
}

/** Whether a content variable has a value, in any language. */
function hasValue(item: unknown): boolean {
  if (!isObject(item)) return false;
  const locales = isObject(item.localeData) ? Object.values(item.localeData) : [];
  return [item, ...locales].some((one) => isObject(one) && textOf(one.value) !== undefined);
}
