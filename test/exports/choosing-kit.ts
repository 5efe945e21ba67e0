import type { Recipe } from '../../src/archives/recipe.ts';
import { type ExportRequest, readOptions } from '../../src/definition/options.ts';
import { References } from '../../src/definition/references.ts';
import { makeRecipe } from '../../src/exports/make-recipe.ts';
import { type Resolved, resolve } from '../../src/exports/resolve.ts';
import type { Manifest } from '../../src/snapshots/manifest.ts';
import { readOutline } from '../../src/snapshots/outline.ts';
import type { SegmentStore } from '../../src/storage/segment-store.ts';
import { membersOf } from '../support/archive.ts';
import { type ReferenceBot, referenceBots } from '../support/reference.ts';
import { sampleBots } from '../support/samples.ts';
import { archiveOf, ingestInMemory, segmentsInMemory } from '../support/segments.ts';

/*
 * Choosing without a server: a bot is cut into a snapshot that is held in memory, and exported from there the way the
 * export job does it.
 */

export type Json = Record<string, unknown>;

/** A bot in memory. */
export interface HeldBot {
  manifest: Manifest;
  segments: SegmentStore;
  references: References;
}

export interface Source {
  definition: Buffer | string;
  config?: Buffer | string;
}

const noVariables = '{"name":"A bot","envVariables":[]}';

export async function holdBot({ definition, config = noVariables }: Source): Promise<HeldBot> {
  const chunks = (async function* () {
    yield Buffer.from(definition);
  })();
  const { manifest, segments: made } = await ingestInMemory({
    definition: chunks,
    config: Buffer.from(config),
    others: [],
  });
  const segments = segmentsInMemory(made);
  return { manifest, segments, references: new References(await readOutline(segments, manifest)) };
}

/** A request without what every request has. */
export type Asked = Partial<ExportRequest>;

export function resolveRequest({ manifest, references }: HeldBot, asked: Asked): Promise<Resolved> {
  return resolve(readOptions({ exportType: 'latest', ...asked }), manifest, async () => references);
}

export interface Exported {
  definition: string;
  config: string;
  resolved: Resolved;
  recipe: Recipe;
  /** Bytes of the archive. */
  size: number;
}

export async function exportBot(bot: HeldBot, asked: Asked = {}): Promise<Exported> {
  const resolved = await resolveRequest(bot, asked);
  const recipe = await makeRecipe('st-exported', bot.manifest, resolved, bot.segments);
  const archive = await archiveOf(recipe, bot.manifest, bot.segments);
  const members = await membersOf(archive);
  return {
    definition: String(members.get('botDefinition.json')),
    config: String(members.get('config.json')),
    resolved,
    recipe,
    size: archive.length,
  };
}

/** A definition with the given sections, in any order, laid out or not. */
export async function holdSections(sections: Json, config?: Json): Promise<HeldBot> {
  return holdBot({
    definition: JSON.stringify(sections),
    ...(config ? { config: JSON.stringify(config) } : {}),
  });
}

/**
 * The members or items of a laid-out container that stands at `level`, found by the indents of lines: not the way the
 * code under test does it.
 */
function partsAt(level: number, text: string): string[] {
  const indent = ' '.repeat(4 * (level + 1));
  const parts: string[][] = [];
  for (const line of text.split('\n').slice(1, -1)) {
    const begins = line.startsWith(indent) && !/^[ \]}]/.test(line.slice(indent.length));
    if (begins) parts.push([line.slice(indent.length)]);
    else parts.at(-1)?.push(line);
  }
  return parts.map((lines) => lines.join('\n').replace(/,$/, ''));
}

/** The sections of a laid-out definition: their keys, in order, with their texts. */
export function sectionTexts(definition: string): Map<string, string> {
  return new Map(
    partsAt(0, definition).map((part) => {
      const key = /^"(?:[^"\\]|\\.)*"/.exec(part)?.[0] ?? '';
      return [JSON.parse(key) as string, part.slice(key.length + 2)];
    }),
  );
}

/** The texts of the items of a section that is a list. */
export function itemTexts(section: string | undefined): string[] {
  return section === undefined ? [] : partsAt(1, section);
}

/** Sections that every export writes anew. */
export const writtenAnew: readonly string[] = ['_id', 'exportOptions', 'encryptedHash'];

/** The sections of a definition that are the bot's own. */
export function ownSections(definition: string): Map<string, string> {
  const sections = sectionTexts(definition);
  for (const key of writtenAnew) sections.delete(key);
  return sections;
}

/** The objects of a list section of a parsed definition; none where it is no list. */
export function objectsOf(definition: Json, section: string): Json[] {
  const items = definition[section];
  return Array.isArray(items) ? items : [];
}

/** Every bot at hand that has dialogs: the project's and real ones. */
export function botsAtHand(): ReferenceBot[] {
  return [...sampleBots(), ...referenceBots()];
}

/** A bot that is held once, however many tests ask for it. */
export function heldOnce(source: () => Source): () => Promise<HeldBot> {
  let held: Promise<HeldBot> | undefined;
  return () => {
    held ??= holdBot(source());
    return held;
  };
}
