/** One measured number. A bare ratio has the unit `×`. */
export interface Figure {
  what: string;
  value: number;
  unit: string;
  /** How to read it, where the name does not say. */
  note?: string;
  goal?: Goal;
}

/** What a figure should be: at most, or at least, so much. */
export interface Goal {
  /** Row of the table of goals in docs/performance.md. */
  row: number;
  at: 'most' | 'least';
  value: number;
}

export interface Benchmark {
  name: string;
  /** What is measured, in a line. */
  what: string;
  run(): Promise<Figure[]>;
  /** A drawing of the figures, as text. */
  draw?(figures: Figure[]): string;
}

/** Sizes of definitions that are met: a small bot, a large one, and one that strains the platform itself. */
export const sizes = { small: 176e3, large: 3.6e6, huge: 58e6 };

export function figure(what: string, value: number, unit: string, note?: string): Figure {
  return note === undefined ? { what, value, unit } : { what, value, unit, note };
}

/** The figure with what it should be. */
export function withGoal(one: Figure, row: number, at: Goal['at'], value: number): Figure {
  return { ...one, goal: { row, at, value } };
}

export function isMet({ value, goal }: Figure): boolean {
  return goal === undefined || (goal.at === 'most' ? value <= goal.value : value >= goal.value);
}

export function ratio(what: string, value: number, base: number, note?: string): Figure {
  return figure(what, value / base, '×', note);
}

/** Three significant digits; more where they stand before the point. */
export function format(value: number): string {
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(value)));
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
