import { isObject } from '../definition/item.ts';
import {
  type BotOutline,
  type Link,
  type Outline,
  outlinedSections,
  outlineItem,
  referringValues,
  valueLinks,
} from '../definition/outline.ts';
import type { SegmentStore } from '../storage/segment-store.ts';
import type { Manifest } from './manifest.ts';
import { readItems, readRun, readValue } from './read.ts';

/** Reads the outline of a snapshot: every item of the outlined sections is parsed once. */
export async function readOutline(segments: SegmentStore, manifest: Manifest): Promise<BotOutline> {
  const items = new Map<string, Outline[]>();
  const values = new Map<string, Link[]>();
  for (const { key, count, content } of manifest.sections) {
    if (!content) continue;
    if (count !== null && outlinedSections.has(key)) {
      const outlines: Outline[] = [];
      for await (const text of readItems(segments, content)) {
        outlines.push(outlineItem(key, outlines.length, JSON.parse(text), text));
      }
      items.set(key, outlines);
    } else if (count === null && referringValues.has(key)) {
      values.set(key, valueLinks(key, JSON.parse(await readValue(segments, content))));
    }
  }
  return { items, values, variables: await variableKeys(segments, manifest) };
}

async function variableKeys(segments: SegmentStore, { files }: Manifest): Promise<string[]> {
  const config = files.find(({ name }) => name === 'config.json');
  const value: unknown = config && JSON.parse(await readRun(segments, config.run));
  const variables = isObject(value) && Array.isArray(value.envVariables) ? value.envVariables : [];
  return variables.flatMap((variable) =>
    isObject(variable) && typeof variable.key === 'string' ? [variable.key] : [],
  );
}
