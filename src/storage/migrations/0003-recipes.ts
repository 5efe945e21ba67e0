import { hash } from 'node:crypto';
import type { Kysely } from 'kysely';

/*
 * Recipes get a table of their own, by digest, and become bytes that refer to runs of their snapshot; before, they stood
 * in each request as JSON that named every segment. The forms are written out here: what has been released stays as it
 * is, whatever becomes of the program.
 */

interface Tables {
  snapshots: { digest: string; manifest: string };
  recipes: { digest: string; sha256: string | null; bytes: Uint8Array };
  export_requests: { id: string; snapshot: string; recipe: string | null; recipe_json: string | null };
}

export async function up(untyped: Kysely<unknown>): Promise<void> {
  await untyped.schema
    .createTable('recipes')
    .addColumn('digest', 'text', (c) => c.primaryKey())
    .addColumn('sha256', 'text')
    .addColumn('bytes', 'blob', (c) => c.notNull())
    .execute();
  await untyped.schema.alterTable('export_requests').renameColumn('recipe', 'recipe_json').execute();
  await untyped.schema
    .alterTable('export_requests')
    .addColumn('recipe', 'text', (c) => c.references('recipes.digest'))
    .execute();
  await convert(untyped as Kysely<Tables>);
  await untyped.schema.alterTable('export_requests').dropColumn('recipe_json').execute();
}

/** A recipe that names a segment its snapshot does not have becomes none: its archive could not be read either. */
async function convert(db: Kysely<Tables>): Promise<void> {
  const requests = await db
    .selectFrom('export_requests')
    .select(['id', 'snapshot'])
    .where('recipe_json', 'is not', null)
    .orderBy('snapshot')
    .execute();
  let current: { snapshot: string; runs: Run[] } | undefined;
  for (const { id, snapshot } of requests) {
    if (current?.snapshot !== snapshot) current = { snapshot, runs: await runsOf(db, snapshot) };
    const { recipe_json: json } = await db
      .selectFrom('export_requests')
      .select('recipe_json')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    const bytes = toBytes(JSON.parse(json ?? ''), current.runs);
    if (!bytes) continue;
    const names = current.runs.map((run) => `${run.digest} ${run.storedLength}\n`).join('');
    const digest = hash('sha256', Buffer.concat([Buffer.from(hash('sha256', names)), bytes]));
    await db
      .insertInto('recipes')
      .values({ digest, sha256: null, bytes })
      .onConflict((conflict) => conflict.column('digest').doNothing())
      .execute();
    await db.updateTable('export_requests').set({ recipe: digest }).where('id', '=', id).execute();
  }
}

interface Run {
  digest: string;
  storedLength: number;
}

interface Content {
  runs?: Run[];
}

async function runsOf(db: Kysely<Tables>, snapshot: string): Promise<Run[]> {
  const { manifest } = await db
    .selectFrom('snapshots')
    .select('manifest')
    .where('digest', '=', snapshot)
    .executeTakeFirstOrThrow();
  const { sections, files } = JSON.parse(manifest) as {
    sections: { content: Content | null; stubs?: Content }[];
    files: { run: Run }[];
  };
  return [
    ...sections.flatMap(({ content, stubs }) => [...(content?.runs ?? []), ...(stubs?.runs ?? [])]),
    ...files.map(({ run }) => run),
  ];
}

/** A stored block of deflate with a comma, a line break and two indents: what stood between two runs of a list. */
const separator = Buffer.concat([Buffer.from([0, 10, 0, 0xf5, 0xff]), Buffer.from(`,\n${' '.repeat(8)}`)]);

function toBytes(
  recipe: { parts: ({ segment: string } | { literal: string })[] },
  runs: readonly Run[],
): Buffer | undefined {
  const parts: (Buffer | { from: number; count: number })[] = [];
  for (const part of recipe.parts) {
    if ('literal' in part) {
      parts.push(Buffer.from(part.literal, 'base64'));
      continue;
    }
    const [before, between] = [parts.at(-2), parts.at(-1)];
    const isNext =
      before !== undefined &&
      'from' in before &&
      Buffer.isBuffer(between) &&
      between.equals(separator) &&
      runs[before.from + before.count]?.digest === part.segment;
    if (isNext) {
      before.count += 1;
      parts.pop();
      continue;
    }
    const from = runs.findIndex((run) => run.digest === part.segment);
    if (from < 0) return undefined;
    parts.push({ from, count: 1 });
  }
  return Buffer.concat([
    Buffer.from([1]),
    ...parts.flatMap((part) =>
      Buffer.isBuffer(part)
        ? [numeral(part.length * 2), part]
        : [numeral(part.count * 2 + 1), numeral(part.from)],
    ),
  ]);
}

function numeral(value: number): Buffer {
  const digits: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    digits.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Buffer.from([...digits, rest]);
}
