/** One measured number. A bare ratio has the unit `×`. */
export interface Figure {
  what: string;
  value: number;
  unit: string;
  /** How to read it, where the name does not say. */
  note?: string;
}

export interface Benchmark {
  name: string;
  /** What is measured, in a line. */
  what: string;
  /** Takes long or needs much disk: runs only where it is named. */
  onRequest?: boolean;
  run(): Promise<Figure[]>;
}

/** Sizes of definitions that are met: a small bot, a large one, and one that strains the platform itself. */
export const sizes = { small: 176e3, large: 3.6e6, huge: 58e6 };

export function figure(what: string, value: number, unit: string, note?: string): Figure {
  return note === undefined ? { what, value, unit } : { what, value, unit, note };
}

export function ratio(what: string, value: number, base: number, note?: string): Figure {
  return figure(what, value / base, '×', note);
}
