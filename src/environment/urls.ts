/*
 * Beginnings of URLs, as an environment file replaces them.
 */

/** What may stand in an URL right before another place in it: there no URL begins. */
const wordBefore = /[\w+.-]$/;

/** What goes on with the name of a host, or its port, or a word of the path: the URL is another. */
const goesOn = /^(?:[\w~%@:-]|\.\w)/;

export interface FoundUrl {
  from: string;
  start: number;
  end: number;
}

/** Where URLs that begin with one of these texts begin. The longest that fits counts. */
export function findUrls(text: string, beginnings: readonly string[]): FoundUrl[] {
  const found: FoundUrl[] = [];
  for (const from of beginnings.toSorted((a, b) => b.length - a.length)) {
    for (let start = text.indexOf(from); start !== -1; start = text.indexOf(from, start + from.length)) {
      const end = start + from.length;
      if (wordBefore.test(text.slice(Math.max(0, start - 1), start))) continue;
      if (!/[/?#=&]$/.test(from) && goesOn.test(text.slice(end, end + 2))) continue;
      found.push({ from, start, end });
    }
  }
  // Those found first are the longest: what overlaps one of them is no place of its own.
  const kept: FoundUrl[] = [];
  for (const one of found.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    if (one.start >= (kept.at(-1)?.end ?? 0)) kept.push(one);
  }
  return kept;
}
