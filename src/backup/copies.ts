/** What of a bot is backed up: its draft (`latest`, as the API calls it), its newest published version. */
export type Copy = 'latest' | 'published';

/** What people call a copy, and what its place in a backup is called. */
export const nameOfCopy = { latest: 'draft', published: 'published' } as const satisfies Record<Copy, string>;

/** A state of a copy, as a host that keeps a history tells of it. */
export interface State {
  /** Names the content. */
  digest: string;
  /** Of the draft, or of the version. */
  number: number;
}

/** `null`: the bot has no such copy. Missing: the host does not say. */
export type States = { readonly [copy in Copy]?: State | null };
