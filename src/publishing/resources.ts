import type { Manifest } from '../snapshots/manifest.ts';

/** One thing a publish takes along. */
export interface PublishedResource {
  type: 'dialog' | 'NL' | 'CHANNELS' | 'EXTENSIONS' | 'SETTINGS' | 'BOTLANGUAGES';
  id: string;
  name: string;
}

/** What a publish of this snapshot takes along: each dialog, then the parts that belong to the bot as a whole. */
export function resourcesOf(botId: string, manifest: Manifest): PublishedResource[] {
  const dialogs = manifest.tasks.dialogs ?? [];
  return [
    ...dialogs.map(
      ({ id, refId, name }): PublishedResource => ({
        type: 'dialog',
        id: id ?? refId ?? name,
        name,
      }),
    ),
    { type: 'NL', id: botId, name: 'Natural Language' },
    { type: 'CHANNELS', id: botId, name: 'Channels' },
    { type: 'EXTENSIONS', id: botId, name: 'Extensions' },
    { type: 'SETTINGS', id: botId, name: 'Settings' },
    { type: 'BOTLANGUAGES', id: botId, name: 'Bot Languages' },
  ];
}
