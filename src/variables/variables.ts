import type { Caller } from '../auth/caller.ts';
import { draftOf } from '../bots/drafts.ts';
import type { DraftEditor } from '../bots/edit-draft.ts';
import { mergeGiven, showVariables, type VariableSet, type VariableTexts } from '../definition/variables.ts';
import { BotportError } from '../errors.ts';
import { newUuid } from '../ids.ts';
import type { BotEdit } from '../snapshots/edited-files.ts';
import { configRun, type Manifest } from '../snapshots/manifest.ts';
import { readRun } from '../snapshots/read.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';
import { sectionTexts } from '../snapshots/text-form.ts';
import type { Db } from '../storage/database.ts';
import type { SegmentStore } from '../storage/segment-store.ts';

export interface Variables {
  /** The variables of a bot's draft. Throws `variables_too_large`. */
  export(botId: string): Promise<VariableSet>;
  /**
   * Puts variables into a bot, by their keys: all of them or none. Throws `import_running`, `variables_too_large`, and
   * what an import of a bot with them would fail with.
   */
  import(caller: Caller, botId: string, given: VariableSet, signal: AbortSignal): Promise<void>;
}

/** Most bytes of the texts that the variables of a bot are in: they are read whole. */
const largestTexts = 32 * 1024 ** 2;

const sections = ['contentVariables', 'namespaces'] as const;

export interface VariablesDeps {
  db: Db;
  snapshots: Snapshots;
  segments: SegmentStore;
  drafts: DraftEditor;
}

export function openVariables({ db, snapshots, segments, drafts }: VariablesDeps): Variables {
  async function read(bot: Manifest): Promise<VariableTexts> {
    const config = configRun(bot);
    const held = sections.map((key) => bot.sections.find((section) => section.key === key));
    const size = held.reduce((sum, section) => sum + sizeOf(section?.content), config.textLength);
    if (size > largestTexts) throw new BotportError('variables_too_large', `${size} bytes`);
    const [contentVariables = [], namespaces = []] = await Promise.all(
      held.map(async (section) => (section ? sectionTexts(segments, section) : [])),
    );
    return { config: await readRun(segments, config), contentVariables, namespaces };
  }

  return {
    async export(botId) {
      return snapshots.use(await draftOf(db, botId), async (bot) => showVariables(await read(bot)));
    },

    async import(caller, botId, given, signal) {
      const edit = async (draft: Manifest) => {
        const before = await read(draft);
        return editOf(before, mergeGiven(before, given, newUuid));
      };
      await drafts.edit(botId, { kind: 'variables', createdBy: caller.userId, edit }, signal);
    },
  };
}

function sizeOf(content: Manifest['sections'][number]['content'] | undefined): number {
  if (!content) return 0;
  return content.form === 'text'
    ? content.text.length
    : content.runs.reduce((sum, { textLength }) => sum + textLength, 0);
}

/** What is another afterwards; `undefined` where nothing is. */
function editOf(before: VariableTexts, after: VariableTexts): BotEdit | undefined {
  const changed = sections
    .filter((key) => !isSame(before[key], after[key]))
    .map((key) => ({ key, kind: 'list' as const, texts: [...after[key]] }));
  const isConfig = before.config !== after.config;
  if (!isConfig && changed.length === 0) return undefined;
  return { sections: changed, ...(isConfig ? { config: after.config } : {}) };
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, place) => text === other[place]);
}
