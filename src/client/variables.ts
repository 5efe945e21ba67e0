import { messageReply, type VariableSets, variableSets } from './replies.ts';
import type { CallOptions, Transport } from './transport.ts';

export interface VariablesClient {
  /** The variables of a bot's draft. */
  export(botId: string, options?: CallOptions): Promise<VariableSets>;
  /** Sets variables of a bot's draft: those named are made or changed, others stay. Gives the host's words. */
  import(botId: string, variables: VariableSets, options?: CallOptions): Promise<string>;
}

export function variablesClient(transport: Transport): VariablesClient {
  // The public documentation writes `stream` here and `bot` elsewhere: hosts know both.
  const path = (botId: string) => `/api/public/builder/stream/${encodeURIComponent(botId)}/variables`;
  return {
    export: (botId, options = {}) =>
      transport.json(variableSets, {
        method: 'POST',
        path: `${path(botId)}/export`,
        body: {},
        repeatable: true,
        ...options,
      }),

    async import(botId, variables, options = {}) {
      const request = { method: 'POST', path: `${path(botId)}/import`, body: variables } as const;
      return (await transport.json(messageReply, { ...request, repeatable: true, ...options })).message;
    },
  };
}
