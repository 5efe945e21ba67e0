import { diffArrays } from 'diff';

/**
 * How one list of texts becomes another, step by step from its start: a number above 0 takes over so many texts as
 * they are, one below 0 passes over so many, a text comes in, and a list of steps changes the next text: in it,
 * numbers count characters (UTF-16 code units). What no step speaks of, at the end, is taken over.
 */
export type EditScript = (number | string | TextScript)[];
type TextScript = (number | string)[];

/** Past so many differences a script would not be smaller than the texts, and would take long to find. */
const mostDifferences = 2_000;

/** Whether a value read from elsewhere is a script. */
export function isScript(value: unknown): value is EditScript {
  return (
    Array.isArray(value) &&
    value.every((step) => isStep(step) || (Array.isArray(step) && step.every((inner) => isStep(inner))))
  );
}

function isStep(value: unknown): boolean {
  return typeof value === 'string' || Number.isSafeInteger(value);
}

/** The script that makes `to` of `from`. */
export function makeScript(from: readonly string[], to: readonly string[]): EditScript {
  return trimmed(differences(from, to).flatMap(({ stay, go, come }) => [...keep(stay), ...change(go, come)]));
}

/** Scripts for lists that stand end to end, as one; `length` is how many texts the script before was made for. */
export function joinScripts(scripts: readonly { script: EditScript; length: number }[]): EditScript {
  const steps: EditScript = [];
  for (const { script, length } of scripts) {
    const used = script.reduce<number>((sum, step) => sum + consumed(step), 0);
    for (const step of [...script, ...keep(length - used)]) {
      const last = steps.at(-1);
      if (typeof step === 'number' && typeof last === 'number' && step > 0 && last > 0) {
        steps[steps.length - 1] = last + step;
      } else {
        steps.push(step);
      }
    }
  }
  return trimmed(steps);
}

/** @throws Error where the script was not made for these texts */
export function applyScript(from: readonly string[], script: EditScript): string[] {
  const made: string[][] = [];
  let at = 0;
  for (const step of script) {
    const end = at + consumed(step);
    if (end > from.length) throw new Error('the script is longer than what it is for');
    if (typeof step === 'string') made.push([step]);
    else if (typeof step !== 'number') made.push([applyToText(from[at] ?? '', step)]);
    else if (step > 0) made.push(from.slice(at, end));
    at = end;
  }
  return ([] as string[]).concat(...made, from.slice(at));
}

function applyToText(from: string, script: TextScript): string {
  let made = '';
  let at = 0;
  for (const step of script) {
    const end = at + consumed(step);
    if (end > from.length) throw new Error('the script is longer than what it is for');
    if (typeof step === 'string') made += step;
    else if (step > 0) made += from.slice(at, end);
    at = end;
  }
  return made + from.slice(at);
}

/** How many texts of the old list a step is about. */
function consumed(step: EditScript[number]): number {
  return typeof step === 'number' ? Math.abs(step) : typeof step === 'string' ? 0 : 1;
}

/** A stretch that both lists have, and what stands behind it in each. */
interface Difference {
  stay: number;
  go: string[];
  come: string[];
}

function differences(from: readonly string[], to: readonly string[]): Difference[] {
  const found = diffArrays([...from], [...to], { maxEditLength: mostDifferences });
  if (!found) return [{ stay: 0, go: [...from], come: [...to] }];
  const list: Difference[] = [];
  let open: Difference = { stay: 0, go: [], come: [] };
  for (const { added, removed, value } of found) {
    if (added) open.come.push(...value);
    else if (removed) open.go.push(...value);
    else {
      list.push(open);
      open = { stay: value.length, go: [], come: [] };
    }
  }
  return [...list, open];
}

function keep(count: number): number[] {
  return count > 0 ? [count] : [];
}

/** Of as many that go as come, each is taken for another state of the same text. */
function change(go: string[], come: string[]): EditScript {
  const pairs = Math.min(go.length, come.length);
  const steps: EditScript = [];
  for (let index = 0; index < pairs; index += 1) {
    const [from = '', to = ''] = [go[index], come[index]];
    // Where the search was given up, equal texts are among them.
    steps.push(...(from === to ? keep(1) : changeText(from, to)));
  }
  if (go.length > pairs) steps.push(pairs - go.length);
  return [...steps, ...come.slice(pairs)];
}

/** Line by line, and of changed lines what they begin and end with alike, where that is shorter than the whole text. */
function changeText(from: string, to: string): EditScript {
  const whole: EditScript = [-1, to];
  const lines = linesOf(from);
  if (lines.length < 3) return whole;
  const found = differences(lines, linesOf(to));
  const script: TextScript = [];
  /** Characters that stay, up to the next change. */
  let stays = 0;
  let at = 0;
  for (const { stay, go, come } of found) {
    stays += sizeOf(lines.slice(at, at + stay));
    at += stay + go.length;
    const [gone, added] = [go.join(''), come.join('')];
    const [head, tail] = commonEnds(gone, added);
    stays += head;
    const [less, more] = [gone.length - head - tail, added.slice(head, added.length - tail)];
    if (less > 0 || more !== '') {
      script.push(...keep(stays), ...(less > 0 ? [-less] : []), ...(more === '' ? [] : [more]));
      stays = 0;
    }
    stays += tail;
  }
  const step = trimmed(script);
  return JSON.stringify(step).length < to.length ? [step] : whole;
}

function sizeOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}

/** How many characters two texts have in common at the start, and behind that at the end. */
function commonEnds(one: string, other: string): [head: number, tail: number] {
  const most = Math.min(one.length, other.length);
  let head = 0;
  while (head < most && one[head] === other[head]) head += 1;
  let tail = 0;
  while (tail < most - head && one[one.length - 1 - tail] === other[other.length - 1 - tail]) tail += 1;
  return [head, tail];
}

/** The lines of a text, each with its end. */
function linesOf(text: string): string[] {
  return text.split(/(?<=\n)/);
}

/** Without the last step where it only takes over the rest. */
function trimmed<Step>(script: Step[]): Step[] {
  const last = script.at(-1);
  return typeof last === 'number' && last > 0 ? script.slice(0, -1) : script;
}
