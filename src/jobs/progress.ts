/** How much of something is done. */
export interface Count {
  readonly done: number;
  /** Null while it is not known. */
  readonly total: number | null;
}

/** How far the work on a request is. What is counted is the job's to say; the numbers never go beyond their totals. */
export interface Progress {
  readonly bytes: Count;
  readonly items: Count;
}
