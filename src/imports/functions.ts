import { mostScripts } from '../archives/members.ts';
import type { Caller } from '../auth/caller.ts';
import type { DraftEditor } from '../bots/edit-draft.ts';
import { BotportError } from '../errors.ts';
import { isHexId } from '../ids.ts';
import type { Manifest } from '../snapshots/manifest.ts';
import { readSideFile, refuseNames, scriptName } from './bot-files.ts';
import { cleanFileName, type Uploads } from './uploads.ts';

/** A file of functions, as a request names it. */
export interface FunctionsFile {
  fileId: string;
  /** What the bot is to call it; left out: as it was uploaded. */
  fileName?: string | undefined;
}

export interface Functions {
  /**
   * Puts files of functions into a bot: each takes the place of the one of the same name, or comes behind. Throws
   * `invalid_file_id`, `script_invalid`, `json_item_too_large`, `import_running`. Gives the files with their names.
   */
  import(
    caller: Caller,
    botId: string,
    files: readonly FunctionsFile[],
    signal: AbortSignal,
  ): Promise<{ fileId: string; fileName: string }[]>;
}

export function openFunctions(uploads: Uploads, drafts: DraftEditor): Functions {
  return {
    async import(caller, botId, files, signal) {
      const scripts: { name: string; content: Buffer }[] = [];
      const taken: { fileId: string; fileName: string }[] = [];
      for (const { fileId, fileName } of files) {
        const upload = isHexId(fileId) ? await uploads.find(caller.accountId, fileId) : undefined;
        if (!upload) throw new BotportError('invalid_file_id', 'fileId');
        const called = fileName === undefined ? upload.fileName : cleanFileName(fileName);
        scripts.push({ name: scriptName(called), content: await readSideFile(uploads, upload) });
        taken.push({ fileId, fileName: fileName ?? upload.fileName });
      }
      const names = scripts.map(({ name }) => name);
      refuseNames(names);
      const edit = async (draft: Manifest) => {
        refuseTogether(draft, names);
        return { scripts };
      };
      await drafts.edit(botId, { kind: 'functions', createdBy: caller.userId, edit }, signal);
      return taken;
    },
  };
}

/** What the bot has afterwards has to go into an archive, too. */
function refuseTogether({ files }: Manifest, brought: readonly string[]): void {
  const names = [...new Set([...files.slice(1).map(({ name }) => name), ...brought])];
  const scripts = names.filter((name) => /\.js$/i.test(name));
  refuseNames(scripts);
  if (scripts.length > mostScripts) {
    throw new BotportError('script_invalid', `the bot would have ${scripts.length} files of functions`);
  }
}
