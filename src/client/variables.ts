import type { z } from 'zod';
import { ClientError } from './errors.ts';
import { messageReply, type VariableSets, variableSets } from './replies.ts';
import type { CallOptions, Request, Transport } from './transport.ts';

export interface VariablesClient {
  /** The variables of a bot's draft. */
  export(botId: string, options?: CallOptions): Promise<VariableSets>;
  /** Sets variables of a bot's draft: those named are made or changed, others stay. Gives the host's words. */
  import(botId: string, variables: VariableSets, options?: CallOptions): Promise<string>;
}

export function variablesClient(transport: Transport): VariablesClient {
  async function send<T>(schema: z.ZodType<T>, botId: string, action: string, rest: Partial<Request>) {
    const request = (word: string): Request => {
      const path = `/api/public/builder/${word}/${encodeURIComponent(botId)}/variables/${action}`;
      return { method: 'POST', repeatable: true, ...rest, path };
    };
    // The documentation had `stream` first and has `bot` now: hosts know one of them, or both.
    try {
      return await transport.json(schema, request('stream'));
    } catch (error) {
      // Without such a path nothing was done.
      if (!(error instanceof ClientError) || error.status !== 404) throw error;
      return transport.json(schema, request('bot'));
    }
  }

  return {
    export: (botId, options = {}) => send(variableSets, botId, 'export', { body: {}, ...options }),

    import: async (botId, variables, options = {}) =>
      (await send(messageReply, botId, 'import', { body: variables, ...options })).message,
  };
}
