import type { ImportPlan } from '../client/replies.ts';

type SectionPlan = ImportPlan['sections'][number];

/** Most items that are named, of each section and each kind. */
const mostNamed = 10;

const kinds = ['created', 'replaced', 'deleted'] as const;

/** What an import would do, as lines of text. */
export function describePlan(plan: ImportPlan): string[] {
  if (!plan.changes) return ['Nothing would change.'];
  return [
    `${counted(plan.counts)}.`,
    ...paragraph(
      'Sections',
      plan.sections.flatMap((section) => [
        `${section.section} (${section.state}): ${counted(section.counts)}`,
        ...itemsOf(section).map((line) => `  ${line}`),
      ]),
    ),
    ...paragraph(
      'Files',
      plan.files.map(({ name, state }) => `${name} (${state})`),
    ),
    ...paragraph('References that would lead to nothing', plan.dangling.map(describeDangling)),
    ...paragraph('Variables without a value', plan.unsetVariables),
  ];
}

/** The same in Markdown, for a pull request. */
export function describePlanInMarkdown(plan: ImportPlan): string[] {
  if (!plan.changes) return ['Nothing would change.'];
  const rows = plan.sections.map(({ section, state, counts }) => [
    code(section),
    state,
    ...kinds.map((kind) => String(counts[kind])),
  ]);
  return [
    `**${counted(plan.counts)}**`,
    ...(rows.length === 0
      ? []
      : ['', '| section | state | created | replaced | deleted |', '| --- | --- | --: | --: | --: |']),
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
    ...plan.sections.flatMap((section) => {
      const items = itemsOf(section);
      return items.length === 0
        ? []
        : [
            '',
            `<details><summary>${escaped(section.section)}</summary>`,
            '',
            ...items.map(bullet),
            '',
            '</details>',
          ];
    }),
    ...list(
      'Files',
      plan.files.map(({ name, state }) => `${name} (${state})`),
    ),
    ...list('References that would lead to nothing', plan.dangling.map(describeDangling)),
    ...list('Variables without a value', plan.unsetVariables),
  ];
}

function counted({ created, replaced, deleted, kept }: ImportPlan['counts']): string {
  return `${created} created, ${replaced} replaced, ${deleted} deleted, ${kept} kept`;
}

/** The items of a section that is a list, the first of each kind. */
function itemsOf(section: SectionPlan): string[] {
  return kinds.flatMap((kind) => {
    const named = section[kind].slice(0, mostNamed).map((item) => `${kind}: ${titleOf(item)}`);
    // A section that is no list counts as one, and has no items.
    const more = section[kind].length === 0 ? 0 : section.counts[kind] - named.length;
    return more > 0 ? [...named, `${kind}: ${more} more`] : named;
  });
}

/** Some items have no name. */
function titleOf({ name, refId, id }: SectionPlan['created'][number]): string {
  return name === '' ? (refId ?? id ?? 'one without a name') : quoted(name);
}

function describeDangling({ from, kind, to, cause }: ImportPlan['dangling'][number]): string {
  const title = from.name === null ? from.section : `${from.section} ${quoted(from.name)}`;
  return `${title} -> ${to.what} ${quoted(to.name ?? to.value)} (${kind}): ${cause}`;
}

function paragraph(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

function list(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : ['', `**${title}**`, '', ...lines.map(bullet)];
}

function bullet(line: string): string {
  return `- ${escaped(line)}`;
}

/** Names are what people wrote: they are no markup here, and mention nobody. */
function escaped(text: string): string {
  return text.replace(/[\\`*_[\]<>|#&~]/g, '\\$&').replaceAll('@', '@\u200b');
}

function code(text: string): string {
  return `\`${text.replace(/[`|]/g, '')}\``;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
