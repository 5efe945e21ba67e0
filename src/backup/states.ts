import type { Client } from '../client/client.ts';
import { ClientError } from '../client/errors.ts';
import { isOtherHost } from '../sides/is-other-host.ts';
import type { Copy, State, States } from './copies.ts';

/**
 * Asks a host which states the copies of bots have, so that what did not change need not be exported. Only Botport
 * hosts can say; of any other nothing is known, and it is asked once.
 */
export function stateTeller(client: Client): (botId: string, copies: readonly Copy[]) => Promise<States> {
  let tells = true;

  async function stateOf(botId: string, copy: Copy): Promise<State | null> {
    const [state] =
      copy === 'latest'
        ? await client.bots.drafts(botId, { limit: 1 })
        : await client.versions.list(botId, { limit: 1 });
    return state ? { digest: state.digest, number: state.number } : null;
  }

  return async (botId, copies) => {
    const states: { [copy in Copy]?: State | null } = {};
    try {
      for (const copy of copies) if (tells) states[copy] = await stateOf(botId, copy);
    } catch (error) {
      if (isOtherHost(error)) tells = false;
      // In Botport's own words it is about this bot, or this app: whether it may export is another question.
      else if (!(error instanceof ClientError) || error.hostType === undefined) throw error;
      return {};
    }
    return states;
  };
}
