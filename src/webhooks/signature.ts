import { createHmac, randomBytes } from 'node:crypto';

/*
 * Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */

const prefix = 'whsec_';

/** A new signing secret: 32 random bytes, as the receiver configures them. */
export function newSecret(): string {
  return prefix + randomBytes(32).toString('base64');
}

export interface Message {
  id: string;
  body: string;
}

/** The headers that prove where a message comes from; `seconds` is the Unix time of this attempt. */
export function signedHeaders(
  { id, body }: Message,
  seconds: number,
  secret: string,
): Record<string, string> {
  const key = Buffer.from(secret.slice(prefix.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${signature}`,
  };
}
