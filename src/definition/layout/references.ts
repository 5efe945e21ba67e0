import { z } from 'zod';
import { BotportError } from '../../errors.ts';
import { forms } from './forms.ts';
import { isFileName } from './names.ts';

/*
 * What stands in definition.json in place of a section that is kept elsewhere, and the lines of the lists of items.
 * All of it is read from files that anybody may have edited, so names are names of files, never paths, and what goes
 * between values is punctuation, never more values.
 */

const blank = z.string().regex(/^[ \t\r\n]*$/, 'expected white space');
const separator = z.string().regex(/^[ \t\r\n]*,[ \t\r\n]*$/, 'expected a comma in white space');
const form = z.enum(forms).optional();
const fileName = (ending: string) =>
  z
    .string()
    .refine((name) => name.endsWith(ending) && isFileName(name), `expected the name of a ${ending} file`);

/** What stands around the items of a list. */
const listLayout = z.strictObject({ open: blank, between: separator, close: blank });
export type ListLayout = z.infer<typeof listLayout>;

/** The platform's own. */
export const usualLayout: ListLayout = { open: '\n        ', between: ',\n        ', close: '\n    ' };

const fileReference = z.strictObject({ $file: fileName('.json'), form });
const folderReference = z.strictObject({
  $folder: z.string().refine(isFileName, 'expected the name of a folder'),
  form,
  layout: listLayout.optional(),
});

/** A section that is a file, or a folder of items. */
export type SectionReference = z.infer<typeof fileReference> | z.infer<typeof folderReference>;

/** Reads the value of a section as a reference; undefined where it is none. */
export function readReference(value: Record<string, unknown>, where: string): SectionReference | undefined {
  if ('$file' in value) return check(fileReference, value, where);
  if ('$folder' in value) return check(folderReference, value, where);
  return undefined;
}

/** What an item's line says behind its name, where the item is not as the list says. */
const lineOptions = z.strictObject({ before: z.union([blank, separator]).optional(), form });
export type LineOptions = z.infer<typeof lineOptions>;

/** The file in a section's folder that lists its items. */
export const indexName = 'index.txt';

export interface IndexLine extends LineOptions {
  file: string;
}

export function writeIndex(lines: readonly IndexLine[]): string {
  return lines
    .map(({ file, ...options }) =>
      Object.keys(options).length === 0 ? `${file}\n` : `${file} ${JSON.stringify(options)}\n`,
    )
    .join('');
}

export function readIndex(text: string, where: string): IndexLine[] {
  return text.split('\n').flatMap((written, index) => {
    const line = written.trim();
    if (line === '') return [];
    const place = `${where}, line ${index + 1}`;
    const [, file = line, options] = /^(.*?\.json)(?: +(\{.*))?$/.exec(line) ?? [];
    return [
      {
        file: check(fileName('.json'), file, place),
        ...(options === undefined ? {} : check(lineOptions, parse(options, place), place)),
      },
    ];
  });
}

/** What the folder is, what its archive held, and where that is. */
const markerSchema = z.strictObject({
  format: z.literal(1),
  members: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        file: z.string().refine(isFileName, 'expected the name of a file'),
      }),
    )
    .max(100),
  definition: z
    .strictObject({
      before: z
        .string()
        .regex(/^\ufeff?[ \t\r\n]*$/, 'expected white space')
        .optional(),
      after: blank.optional(),
      form,
    })
    .optional(),
});
export type Marker = z.infer<typeof markerSchema>;

/** The file that says that a folder is a bot taken apart. */
export const markerName = 'botport.json';

/** Where the definition is, without what is kept elsewhere; and where that is. */
export const definitionFile = 'definition.json';
export const definitionFolder = 'definition';

/** One member a line, so that a script more is a line more. */
export function writeMarker({ format, members, definition }: Marker): string {
  const lines = members.map((member) => `        ${JSON.stringify(member)}`);
  return [
    '{',
    `    "format": ${format},`,
    ...(definition ? [`    "definition": ${JSON.stringify(definition)},`] : []),
    `    "members": [\n${lines.join(',\n')}\n    ]`,
    '}\n',
  ].join('\n');
}

/** Throws `exploded_newer`, or `exploded_damaged` where the text is no marker. */
export function readMarker(text: string): Marker {
  const value = parse(text, markerName);
  if (typeof value === 'object' && value !== null && 'format' in value && Number(value.format) > 1) {
    throw new BotportError('exploded_newer', `${markerName} has format ${Number(value.format)}`);
  }
  return check(markerSchema, value, markerName);
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BotportError('exploded_damaged', `${where}: expected JSON`);
  }
}

function check<Schema extends z.ZodType>(schema: Schema, value: unknown, where: string): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path.length ? `${issue.path.join('.')}: ` : '';
  throw new BotportError('exploded_damaged', `${where}: ${path}${issue?.message}`);
}
