import { existsSync } from 'node:fs';
import path from 'node:path';
import { type SimpleGit, type SimpleGitOptions, simpleGit } from 'simple-git';
import { BotportError } from '../errors.ts';

/** A git repository somebody works in: what is not of the backup is left alone, staged or not. */
export interface Repository {
  /** Folder of git's own files. */
  gitFolder: string;
  /** Paths below `folder` that differ from the last commit; all paths are relative to where the repository was opened. */
  dirty(folder: string): Promise<string[]>;
  /** Commits what became of these places and of nothing else. Gives the commit; undefined where nothing did. */
  commit(places: readonly string[], message: (changes: GitChange[]) => string): Promise<string | undefined>;
  /** Pushes the branch to where it is pushed to usually. Throws `backup_push_refused`. */
  push(): Promise<void>;
}

export interface GitChange {
  change: 'added' | 'changed' | 'removed';
  path: string;
}

/**
 * Opens the repository a folder is in. Throws `backup_no_repository`, `backup_no_branch`, `backup_git_failed`.
 *
 * @param author `Name <address>`, in place of the one git knows
 */
export async function openRepository(
  folder: string,
  { env, author }: { env: Record<string, string | undefined>; author: string | undefined },
): Promise<Repository> {
  if (!existsSync(folder)) throw new BotportError('backup_no_repository', folder);
  const environment = environmentOf(env, author);
  const allowEnvironment = Object.keys(environment);
  const git = simpleGit({ baseDir: folder, unsafe: asTheUserSet, allowEnvironment, errors: failureOf }).env(
    environment,
  );
  const run = (...words: string[]) => runGit(git, words);
  const gitFolder = (
    await run('rev-parse', '--absolute-git-dir').catch((error: unknown) => {
      // What else it may say, as that others own the folder, is worth reading.
      const isNone = error instanceof BotportError && error.detail?.includes('not a git repository');
      throw isNone ? new BotportError('backup_no_repository', folder) : error;
    })
  ).trim();
  const branch = (
    await run('symbolic-ref', '--quiet', 'HEAD').catch(() => {
      throw new BotportError('backup_no_branch', folder);
    })
  ).trim();

  const setting = async (name: string) => (await run('config', '--get', '--default', '', name)).trim();

  const repository: Repository = {
    gitFolder,

    async dirty(place) {
      const words = ['status', '--porcelain=v1', '-z', '--no-renames', '--untracked-files=all'];
      const text = await run(...words, '--ignored=matching', '--', place);
      const prefix = (await run('rev-parse', '--show-prefix')).trim();
      return text
        .split('\0')
        .filter((line) => line !== '')
        .map((line) => path.posix.relative(prefix, line.slice(3)));
    },

    async commit(places, message) {
      const differing = [];
      for (const place of places) if ((await repository.dirty(place)).length > 0) differing.push(place);
      if (differing.length === 0) return undefined;
      // Also what the user's rules ignore: a backup is whole.
      await run('add', '--all', '--force', '--', ...differing);
      const staged = await run(
        'diff',
        '--cached',
        '--name-status',
        '--no-renames',
        '--relative',
        '-z',
        '--',
        ...differing,
      );
      const changes = readChanges(staged);
      if (changes.length === 0) return undefined;
      await run('commit', '--quiet', '--message', message(changes), '--only', '--', ...differing);
      return (await run('rev-parse', 'HEAD')).trim();
    },

    async push() {
      if ((await run('rev-parse', '--quiet', '--verify', 'HEAD').catch(() => '')) === '') return;
      const name = branch.replace(/^refs\/heads\//, '');
      const remote = (await setting(`branch.${name}.pushRemote`)) || (await setting(`branch.${name}.remote`));
      const target = (await setting(`branch.${name}.merge`)) || branch;
      try {
        // Named in full: a `+` in the user's settings would force.
        await run('push', '--porcelain', remote || 'origin', `${branch}:${target}`);
      } catch (error) {
        const words = error instanceof BotportError ? error.detail : undefined;
        throw new BotportError('backup_push_refused', words, { cause: error });
      }
    },
  };
  return repository;
}

/** What simple-git would refuse to pass on: here the user's own settings and environment, which are to count. */
const asTheUserSet = {
  allowUnsafeAlias: true,
  allowUnsafeAskPass: true,
  allowUnsafeConfigEnvCount: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeCredentialHelper: true,
  allowUnsafeDiffExternal: true,
  allowUnsafeEditor: true,
  allowUnsafeExec: true,
  allowUnsafeGitProxy: true,
  allowUnsafeGpgProgram: true,
  allowUnsafePager: true,
  allowUnsafeProtocolOverride: true,
  allowUnsafeSshCommand: true,
  allowUnsafeTemplateDir: true,
} satisfies SimpleGitOptions['unsafe'];

/**
 * Variables that lead git to another repository than the one of its folder; a hook has them set. They are what
 * `git rev-parse --local-env-vars` names (https://git-scm.com/docs/git-rev-parse), but for settings of a single call.
 */
const misleading = [
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_OBJECT_DIRECTORY',
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_GRAFT_FILE',
  'GIT_INDEX_FILE',
  'GIT_NO_REPLACE_OBJECTS',
  'GIT_REPLACE_REF_BASE',
  'GIT_PREFIX',
  'GIT_SHALLOW_FILE',
  'GIT_COMMON_DIR',
  'GIT_NAMESPACE',
  'GIT_GLOB_PATHSPECS',
  'GIT_NOGLOB_PATHSPECS',
  'GIT_ICASE_PATHSPECS',
];

function environmentOf(
  env: Record<string, string | undefined>,
  author: string | undefined,
): Record<string, string> {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !misleading.includes(entry[0]) && !entry[0].startsWith('BOTPORT_'),
  );
  const [, name = '', email = ''] = /^(.*?)\s*<([^<>]*)>$/.exec(author ?? '') ?? [];
  return {
    ...Object.fromEntries(kept),
    // Paths are paths, whatever is in the names of bots.
    GIT_LITERAL_PATHSPECS: '1',
    // Looking changes nothing, not even git's own notes on what it has looked at.
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
    ...(author !== undefined && {
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: email,
      GIT_COMMITTER_NAME: name,
      GIT_COMMITTER_EMAIL: email,
    }),
  };
}

/** Any exit code but 0 is a failure, also of a git, or a hook, that says nothing. */
const failureOf: NonNullable<SimpleGitOptions['errors']> = (error, { exitCode, stdOut, stdErr }) => {
  if (error || exitCode === 0) return error;
  const said = Buffer.concat([...stdErr, ...stdOut]);
  return said.length > 0 ? said : new Error(`it ended with ${exitCode} and said nothing`);
};

async function runGit(git: SimpleGit, words: string[]): Promise<string> {
  try {
    return await git.raw(words);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new BotportError('backup_git_failed', `git ${words[0]}: ${shortened(said)}`, { cause: error });
  }
}

/** Some lines of what git said, without the password a URL may have in it. */
function shortened(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines
    .slice(0, 8)
    .join('\n')
    .replaceAll(/\/\/[^/@\s]+@/g, '//')
    .slice(0, 2000);
}

const changeOf = { A: 'added', D: 'removed' } as const;

/** Reads `--name-status -z`: a letter and a path, and so on. */
function readChanges(text: string): GitChange[] {
  const words = text.split('\0');
  const changes: GitChange[] = [];
  for (let at = 0; at + 1 < words.length; at += 2) {
    const [letter = '', file = ''] = words.slice(at, at + 2);
    changes.push({ change: letter === 'A' || letter === 'D' ? changeOf[letter] : 'changed', path: file });
  }
  return changes;
}
