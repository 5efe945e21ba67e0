import type { Manifest } from '../snapshots/manifest.ts';

/** One thing a publish takes along. */
export interface PublishedResource {
  type: 'dialog' | 'NL' | 'CHANNELS' | 'EXTENSIONS' | 'SETTINGS' | 'BOTLANGUAGES';
  /** Of a dialog its own; a part of the bot as a whole is called by its type. */
  id: string;
  name: string;
}

/** What a publish of a snapshot takes along: each dialog, then the parts that belong to the bot as a whole. */
export function resourcesOf(manifest: Manifest): PublishedResource[] {
  const dialogs = manifest.tasks.dialogs ?? [];
  return [
    ...dialogs.map(
      ({ id, refId, name }): PublishedResource => ({
        type: 'dialog',
        id: id ?? refId ?? name,
        name,
      }),
    ),
    { type: 'NL', id: 'NL', name: 'Natural Language' },
    { type: 'CHANNELS', id: 'CHANNELS', name: 'Channels' },
    { type: 'EXTENSIONS', id: 'EXTENSIONS', name: 'Extensions' },
    { type: 'SETTINGS', id: 'SETTINGS', name: 'Settings' },
    { type: 'BOTLANGUAGES', id: 'BOTLANGUAGES', name: 'Bot Languages' },
  ];
}
