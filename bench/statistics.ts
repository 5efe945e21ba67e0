/** The value that a share of the values lies at or below (nearest rank): `percentile(times, 0.99)`. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new Error('no values');
  return value;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** Milliseconds an action takes. */
export async function timed(action: () => unknown): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

/** Milliseconds of each of `rounds` runs, one after the other. */
export async function timedRounds(rounds: number, action: () => unknown): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) times.push(await timed(action));
  return times;
}

/** One of those that are compared. */
export interface Contender {
  name: string;
  rounds: number;
  action(): unknown;
  /** What has to be done before each round, and is not measured. */
  prepare?(): unknown;
}

/** Median times; in each round every contender has its turn, so that a busy moment of the machine meets them all. */
export async function takeTurns(contenders: readonly Contender[]): Promise<Map<string, number>> {
  const times = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; contenders.some(({ rounds }) => round < rounds); round += 1) {
    for (const { name, rounds, action, prepare } of contenders) {
      if (round >= rounds) continue;
      await prepare?.();
      times.get(name)?.push(await timed(action));
    }
  }
  return new Map([...times].map(([name, list]) => [name, median(list)]));
}
