import { z } from 'zod';
import type { CallOptions, Transport } from './transport.ts';

/** The host itself. Neither call takes a token (a Botport host only). */
export interface HostClient {
  /** Ends well if the host is ready. */
  health(options?: CallOptions): Promise<void>;
  /** What the host can do, as OpenAPI 3.1. */
  document(options?: CallOptions): Promise<{ openapi: string } & Record<string, unknown>>;
}

const healthReply = z.looseObject({ status: z.literal('ok') });
const document = z.looseObject({ openapi: z.string() });

export function hostClient(transport: Transport): HostClient {
  return {
    async health(options = {}) {
      await transport.json(healthReply, { path: '/healthz', anonymous: true, ...options });
    },
    document: (options = {}) =>
      transport.json(document, { path: '/openapi.json', anonymous: true, ...options }),
  };
}
