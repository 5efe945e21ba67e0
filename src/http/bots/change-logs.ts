import type { z } from 'zod';
import type { Botport } from '../../botport.ts';
import type { ChangeKind, ShownChange } from '../../bots/changes.ts';
import { nameUuid } from '../../ids.ts';
import type { App } from '../app.ts';
import { callerOf, type Gate } from '../gate.ts';
import { botParams, guardedFailures, iso, withToken } from '../replies.ts';
import { changeLogPage, changeLogs } from './change-log-schemas.ts';

/** What happened to a bot: https://docs.kore.ai/xo/apis/automation/get-change-logs/ */
export function listChangeLogs(app: App, botport: Botport, gate: Gate): void {
  app.route({
    method: 'GET',
    url: '/api/public/bot/:botId/changelogs',
    onRequest: gate({ scope: 'logs:change_logs', level: 'bot' }),
    schema: {
      tags: ['Bots'],
      operationId: 'listChangeLogs',
      summary: 'Change log of a bot',
      description:
        'Imports, publishes, rollbacks and what was done to versions, newest first, a page at a time: add 1 to `offset` ' +
        'until a page is not full.',
      security: withToken,
      params: botParams,
      querystring: changeLogPage,
      response: {
        200: changeLogs,
        ...guardedFailures('invalid_stream_id', 'scope_missing', 'invalid_arguments'),
      },
    },
    handler: async (request) => {
      const { botId } = request.params;
      const { offset, limit, startDate, endDate } = request.query;
      const page = { offset: offset * limit, limit, from: startDate?.[0], to: endDate?.[1] };
      const changes = await botport.bots.changes(callerOf(request), botId, page);
      return changes.map((change) => show(botId, change));
    },
  });
}

function show(botId: string, change: ShownChange): z.input<typeof changeLogs>[number] {
  const { number, createdBy, createdAt, doneBy } = change;
  return {
    _id: `btl-${nameUuid(botId.replace(/^st-/, ''), `change ${number}`)}`,
    userId: { id: createdBy, firstName: doneBy ?? '', lastName: '', emailId: '', _id: createdBy },
    streamId: botId,
    resourceId: botId,
    resourceType: 'stream',
    message: messageOf(change),
    createdOn: iso(createdAt),
    __v: 0,
  };
}

/** What happened, in words; `detail` is the number of a draft or version, or which of them. */
const messages: Record<ChangeKind, (detail: string) => string> = {
  import: (draft) => `Bot imported as draft ${draft}`,
  publish: (version) => `Bot published as version ${version}`,
  rollback: (target) => `Bot rolled back to ${target}`,
  variables: (draft) => `Bot variables imported as draft ${draft}`,
  functions: (draft) => `Bot functions imported as draft ${draft}`,
  'version-labelled': (version) => `Label of version ${version} changed`,
  'version-pinned': (version) => `Version ${version} pinned`,
  'version-unpinned': (version) => `Version ${version} unpinned`,
  'version-deleted': (version) => `Version ${version} deleted`,
};

function messageOf({ kind, detail }: ShownChange): string {
  return messages[kind](detail ?? '');
}
