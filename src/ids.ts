import { createHash, randomBytes } from 'node:crypto';

/**
 * Kinds of ids and their prefixes, as the platform writes them.
 * `f` is a stored file's name, `u` a user (here: the app that asked), `btl` an entry of a change log.
 * `gc`, a collection, `wh`, a webhook, and `msg`, a message sent to webhooks, are Botport's own.
 */
export type IdKind = 'st' | 'ber' | 'bir' | 'ds' | 'cs' | 'u' | 'f' | 'btl' | 'gc' | 'wh' | 'msg';

/** A random UUID whose version digit is 5: every id the platform hands out has that form. */
export function newUuid(): string {
  const bytes = randomBytes(16);
  return uuidOf(bytes);
}

/**
 * The UUID of a name within something that has a UUID itself: the same for the same, and unlike any other
 * (RFC 9562, 5.5: version 5).
 */
export function nameUuid(space: string, name: string): string {
  const sha1 = createHash('sha1')
    .update(Buffer.from(space.replaceAll('-', ''), 'hex'))
    .update(name);
  return uuidOf(sha1.digest().subarray(0, 16));
}

/** These 16 bytes, with version digit 5 and the variant of RFC 9562. */
function uuidOf(bytes: Buffer): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export function newId(kind: IdKind): string {
  return `${kind}-${newUuid()}`;
}

/** 24 hexadecimal digits: ids of uploaded files and of accounts. */
export function newHexId(): string {
  return randomBytes(12).toString('hex');
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether `text` is an id of this kind: its prefix, a hyphen and a UUID of any version. */
export function isId(kind: IdKind, text: string): boolean {
  return text.startsWith(`${kind}-`) && uuid.test(text.slice(kind.length + 1));
}

export function isHexId(text: string): boolean {
  return /^[0-9a-f]{24}$/.test(text);
}
