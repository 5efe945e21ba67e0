import type { Client } from '../client/client.ts';
import type { CallOptions } from '../client/transport.ts';
import { botportOnly } from '../transfer/botport-only.ts';

export type RequestKind = 'export' | 'publish';

/** How a request stands, in one form for all kinds. */
export interface RequestState {
  state: 'pending' | 'success' | 'failed';
  /** For people: kind, id and state. */
  words: string;
  /** Why it failed. */
  reasons: string[];
  /** What the host said. */
  reply: object;
}

type Look = (options: CallOptions) => Promise<RequestState>;

/** What asks for the state of a request by its id, or of the newest one of a bot. */
export async function lookerAt(client: Client, what: string, of: RequestKind): Promise<Look> {
  const [prefix] = /^(ber|bir|ds)-/.exec(what) ?? [];
  if (prefix === 'bir-') {
    return async (call) => stateOf('import', what, await client.imports.status(what, call));
  }
  if (prefix === 'ber-') {
    return async (call) =>
      stateOf('export', what, await botportOnly('exports by their id', client.exports.get(what, call)));
  }
  if (prefix === 'ds-') {
    return async (call) =>
      stateOf('publish', what, await botportOnly('publishes by their id', client.publishing.get(what, call)));
  }
  const botId = await client.bots.idOf(what);
  return async (call) => {
    const reply = await (of === 'export'
      ? client.exports.status(botId, call)
      : client.publishing.status(botId, call));
    return stateOf(of, reply._id, reply);
  };
}

interface Reply {
  status: 'pending' | 'inprogress' | 'success' | 'successful' | 'failed';
  errors?: { msg: string; detail?: string | undefined }[] | undefined;
}

/** Publishes have words of their own for the same three states. */
const states = {
  pending: 'pending',
  inprogress: 'pending',
  success: 'success',
  successful: 'success',
  failed: 'failed',
} as const;

function stateOf(kind: string, id: string, reply: Reply): RequestState {
  const state = states[reply.status];
  const reasons = (reply.errors ?? []).map(({ msg, detail }) => [msg, detail].filter(Boolean).join(': '));
  return { state, words: `${kind} ${id}: ${state}`, reasons, reply };
}
