import { z } from 'zod';
import type { Botport } from '../../botport.ts';
import type { App } from '../app.ts';
import { callerOf, type Gate } from '../gate.ts';
import { botParams, guardedFailures, withToken } from '../replies.ts';

const linkedApp = z.looseObject({ _id: z.string(), name: z.string() });

const linkedAppList = z
  .object({
    type: z.string().describe('Type of the bot.'),
    configuredLinkedApps: z.array(linkedApp),
    publishedLinkedApps: z.array(linkedApp),
    publishedBots: z.array(linkedApp).describe('The same once more: what deployed clients read.'),
  })
  .meta({
    description: 'The apps the bot links.',
    examples: [
      {
        type: 'universalbot',
        ...Object.fromEntries(
          ['configuredLinkedApps', 'publishedLinkedApps', 'publishedBots'].map((list) => [
            list,
            [{ _id: 'st-0a4c4e9c-0d55-5e4b-8f0b-7a7c3b1f9a21', name: 'Travel', defaultLanguage: 'en' }],
          ]),
        ),
      },
    ],
  });

/** The apps a universal bot links. */
export function linkedAppsOf(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'GET',
    url: '/api/public/bot/:botId/universalbot/link',
    onRequest: gate({ scope: 'universal_bot:linked_apps', level: 'bot' }),
    schema: {
      tags: ['Bots'],
      operationId: 'linkedApps',
      summary: 'The apps a universal bot links',
      description: 'As the draft of the bot names them; none for a bot that links none.',
      security: withToken,
      params: botParams,
      querystring: z.looseObject({
        language: z.unknown().describe('The language to name them in, such as `en`.'),
      }),
      response: { 200: linkedAppList, ...guardedFailures('invalid_stream_id', 'scope_missing') },
    },
    handler: async (request) => {
      const { botId } = request.params;
      const { language } = request.query;
      const caller = callerOf(request);
      const { type } = await botport.bots.get(caller, botId);
      const linked = await botport.bots.linkedApps(
        caller,
        botId,
        typeof language === 'string' ? language : undefined,
      );
      const shown = linked.map(({ id, name, more }) => ({ _id: id, name, ...more }));
      return { type, configuredLinkedApps: shown, publishedLinkedApps: shown, publishedBots: shown };
    },
  });
}
