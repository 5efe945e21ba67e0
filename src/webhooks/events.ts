import type { Scope } from '../auth/scopes.ts';

/** What a webhook can listen to: the ends of requests. */
export const eventNames = [
  'export.succeeded',
  'export.failed',
  'import.succeeded',
  'import.failed',
  'publish.succeeded',
  'publish.failed',
] as const;

export type EventName = (typeof eventNames)[number];

/** The event of a test, which everybody hears who asks for one. */
export const ping = 'ping';

type RequestKind = 'export' | 'import' | 'publish';

/** Who may ask for the status of a request may be told of its end. */
const scopes: Record<RequestKind, Scope> = {
  export: 'bot_definition:bot_export',
  import: 'bot_definition:bot_import',
  publish: 'bot_publish:publish_status',
};

/** The kind of request an event tells of. */
export function kindOf(event: EventName): RequestKind {
  return event.slice(0, event.indexOf('.')) as RequestKind;
}

/** The scope an app needs to listen to an event. */
export function scopeOf(event: EventName): Scope {
  return scopes[kindOf(event)];
}

export function isEventName(text: string): text is EventName {
  return eventNames.some((name) => name === text);
}
