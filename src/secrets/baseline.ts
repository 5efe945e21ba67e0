import { hash, randomBytes, scryptSync } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import type { Finding } from '../definition/secrets/finding.ts';
import { BotportError } from '../errors.ts';
import { replaceFile } from '../exploded/replace-file.ts';

/*
 * Findings that somebody has looked at and accepted. The file is kept in a repository, so it must not help to guess what a
 * secret is: of the value it holds a digest that takes its time (scrypt, RFC 7914), with a salt of its own.
 */

const baselineFile = z.strictObject({
  format: z.literal(1),
  salt: z.string().regex(/^[0-9a-f]{32}$/),
  accepted: z.array(
    z.strictObject({
      /** Kind and place. */
      id: z.string().regex(/^[0-9a-f]{32}$/),
      /** The value. */
      value: z.string().regex(/^[0-9a-f]{32}$/),
      /** For the reader. */
      kind: z.string(),
      place: z.string(),
    }),
  ),
});
type Baseline = z.infer<typeof baselineFile>;

const largestFile = 8 * 1024 ** 2;

/** Kind and place of a finding as one word, without anything of the value. */
export function placeId({ kind, place }: Pick<Finding, 'kind' | 'place'>): string {
  return hash('sha256', JSON.stringify([kind, place.stable])).slice(0, 32);
}

/** Says which findings a baseline accepts. Throws `baseline_invalid`. */
export function readBaseline(file: string): (finding: Finding) => boolean {
  const { salt, accepted } = parse(file);
  const known = Map.groupBy(accepted, ({ id }) => id);
  const digest = digester(salt);
  return (finding) =>
    known.get(placeId(finding))?.some(({ value }) => value === digest(finding.value)) ?? false;
}

/** Writes a baseline that accepts these findings. */
export function writeBaseline(file: string, findings: readonly Finding[]): void {
  const salt = randomBytes(16).toString('hex');
  const digest = digester(salt);
  const accepted = findings.map((finding) => ({
    id: placeId(finding),
    value: digest(finding.value),
    kind: finding.kind,
    place: finding.place.words,
  }));
  const baseline: Baseline = { format: 1, salt, accepted };
  replaceFile(file, `${JSON.stringify(baseline, null, 2)}\n`);
}

/** Each value is digested once: that takes some hundredths of a second. */
function digester(salt: string): (value: string) => string {
  const known = new Map<string, string>();
  return (value) => {
    const digest = known.get(value) ?? scryptSync(value, salt, 16, { N: 2 ** 14 }).toString('hex');
    known.set(value, digest);
    return digest;
  };
}

function parse(file: string): Baseline {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile()) throw new BotportError('baseline_invalid', `there is no file ${file}`);
  if (found.size > largestFile) throw new BotportError('baseline_invalid', `${file} is too large`);
  try {
    return baselineFile.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw new BotportError('baseline_invalid', file);
  }
}
