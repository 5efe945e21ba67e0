import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { BotportError } from '../errors.ts';
import { nearest } from '../nearest.ts';

/*
 * The file `botport.yaml`, kept beside what it exports: which bot, of which host, which parts, and where they go.
 * docs/bot-file.md describes it.
 */

/** The name under which a command looks for the file where none is named. */
export const botFileName = 'botport.yaml';

const text = z.string({ error: 'a text' }).min(1, { error: 'a text' });
const flag = z.boolean({ error: 'true or false' });
const texts = z.array(text, { error: 'a list of texts' });

const choice = {
  exportOptions: z.record(z.string(), z.unknown(), { error: 'lists of components, by family' }).optional(),
  subTasks: z.record(z.string(), texts, { error: 'lists of tasks, by kind' }).optional(),
  IncludeDependentTasks: flag.optional(),
  IncludeFormDependentTasks: flag.optional(),
  allTasks: flag.optional(),
  customDashboards: flag.optional(),
};

const places = { out: text.optional(), folder: text.optional(), exploded: text.optional() };

const botFile = z.strictObject(
  {
    bot: text,
    host: text.optional(),
    type: z.enum(['latest', 'published'], { error: 'latest or published' }).optional(),
    ...choice,
    ...places,
  },
  { error: ({ code }) => (code === 'unrecognized_keys' ? undefined : 'a mapping of keys to values') },
);

/** Where an export goes: an archive, a folder with its files, or one as `explode` makes it. */
export type ExportPlace = { kind: 'out' | 'folder' | 'exploded'; path: string };

/** What a `botport.yaml` says. */
export interface BotFile {
  /** Id or name. */
  bot: string;
  host: string | undefined;
  type: 'latest' | 'published' | undefined;
  /** The choice of parts, in the API's own words. */
  choice: Record<string, unknown>;
  /** Paths in the file are those of its own folder. */
  place: ExportPlace | undefined;
}

/** The file that counts where none is named: the one in the current folder, if there is one. */
export function usualBotFile(): string | undefined {
  return existsSync(botFileName) ? botFileName : undefined;
}

/** Reads a `botport.yaml`. Throws `bot_file_invalid`, which names what is wrong in it. */
export function readBotFile(file: string): BotFile {
  const invalid = (what: string) => new BotportError('bot_file_invalid', `${file}: ${what}`);
  if (!existsSync(file)) throw invalid('there is no such file');
  const document = parseDocument(readFileSync(file, 'utf8'));
  const [fault] = [...document.errors, ...document.warnings];
  if (fault) throw invalid(fault.message.split('\n')[0]?.replace(/:$/, '') ?? '');
  const parsed = botFile.safeParse(contentOf(document, invalid));
  if (!parsed.success) throw invalid(faultsOf(parsed.error));
  const { bot, host, type, out, folder, exploded, ...chosen } = parsed.data;
  const given = Object.entries({ out, folder, exploded }).flatMap(([kind, place]) =>
    place === undefined ? [] : [{ kind: kind as ExportPlace['kind'], place }],
  );
  const [place, other] = given;
  if (place && other) throw invalid(`both ${place.kind} and ${other.kind}; an export goes to one place`);
  return {
    bot,
    host,
    type,
    choice: chosen,
    place: place && { kind: place.kind, path: path.join(path.dirname(file), place.place) },
  };
}

/** The file as a value; aliases that grow without end are refused. */
function contentOf(
  document: ReturnType<typeof parseDocument>,
  invalid: (what: string) => BotportError,
): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error));
  }
}

/** All that is wrong; keys nobody knows first, as one that is missing may be among them. */
function faultsOf({ issues }: z.ZodError): string {
  const isUnknown = ({ code }: z.core.$ZodIssue) => Number(code === 'unrecognized_keys');
  return issues
    .toSorted((a, b) => isUnknown(b) - isUnknown(a))
    .map(faultOf)
    .join('; ');
}

function faultOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'unrecognized_keys') {
    const where = issue.path.join('.');
    return where === '' ? `expected ${issue.message}` : `${where}: expected ${issue.message}`;
  }
  const known = Object.keys(botFile.shape);
  return issue.keys
    .map((key) => {
      const hint = nearest(key, known);
      const words = hint === undefined ? `known are ${known.join(', ')}` : `did you mean ${hint}?`;
      return `unknown key ${JSON.stringify(key)}; ${words}`;
    })
    .join('; ');
}
