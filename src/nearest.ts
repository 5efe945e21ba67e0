/** The candidate most like a word somebody wrote, if any is like it at all: for "did you mean". */
export function nearest(wanted: string, candidates: Iterable<string>): string | undefined {
  let best: { candidate: string; score: number } | undefined;
  for (const candidate of candidates) {
    const score = likeness(candidate.toLowerCase(), wanted.toLowerCase());
    if (score >= 0.4 && score > (best?.score ?? 0)) best = { candidate, score };
  }
  return best?.candidate;
}

/** Sørensen–Dice coefficient of the two texts' pairs of neighbouring letters: 1 when they are the same. */
export function likeness(a: string, b: string): number {
  const [pairsOfA, pairsOfB] = [pairs(a), pairs(b)];
  const shared = [...pairsOfA].filter((pair) => pairsOfB.has(pair)).length;
  return (2 * shared) / (pairsOfA.size + pairsOfB.size || 1);
}

function pairs(text: string): Set<string> {
  return new Set(Array.from({ length: Math.max(0, text.length - 1) }, (_, i) => text.slice(i, i + 2)));
}
