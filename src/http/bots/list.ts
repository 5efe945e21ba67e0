import type { z } from 'zod';
import type { Botport } from '../../botport.ts';
import type { Bot } from '../../bots/bots.ts';
import type { App } from '../app.ts';
import { callerOf, type Gate } from '../gate.ts';
import { guardedFailures, iso, withToken } from '../replies.ts';
import { botList, page } from './schemas.ts';

export function listBots(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'GET',
    url: '/api/public/bots',
    onRequest: gate({ scope: 'role_management:role_management', level: 'account' }),
    schema: {
      tags: ['Bots'],
      operationId: 'listBots',
      summary: 'List bots',
      description:
        'The bots the app covers, a page at a time: add 1 to `offset` until `availableMore` is false. Unlike the ' +
        'platform, Botport never shows the apps of a bot and their secrets here.',
      security: withToken,
      querystring: page,
      response: { 200: botList, ...guardedFailures('scope_missing', 'invalid_arguments') },
    },
    handler: async (request) => {
      const { offset, limit } = request.query;
      const { total, bots } = await botport.bots.list(callerOf(request), { offset, limit });
      return { total, availableMore: (offset + 1) * limit < total, bots: bots.map(showBot) };
    },
  });
}

function showBot(bot: Bot): z.input<typeof botList>['bots'][number] {
  return {
    _id: bot.id,
    accountId: bot.accountId,
    purpose: bot.purpose,
    createdOn: iso(bot.createdAt),
    createdBy: bot.createdBy,
    type: bot.type,
    defaultLanguage: bot.defaultLanguage,
    isDeflect: false,
    resourceid: 'btstreams',
    status: bot.published === null ? 'configured' : 'published',
    name: bot.name,
    description: bot.description,
    isLinkedTo: [],
    containsPanelOrWidget: false,
  };
}
