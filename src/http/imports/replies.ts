import type { z } from 'zod';
import type { ImportRecord } from '../../imports/imports.ts';
import type { Standing } from '../../jobs/follow.ts';
import { iso, showFailure } from '../replies.ts';
import type { importStarted, importStatus } from './schemas.ts';

export function showStarted(record: ImportRecord): z.input<typeof importStarted> {
  return {
    _id: record.id,
    streamRefId: record.streamRefId,
    status: record.status,
    statusLogs: record.logs,
    requestType: 'Botimport',
    createdBy: record.createdBy,
    createdOn: iso(record.createdAt),
    __v: 0,
  };
}

export function showStatus(record: ImportRecord): z.input<typeof importStatus> {
  return {
    ...showStarted(record),
    ...(record.botId === null ? {} : { streamId: record.botId }),
    ...(record.status === 'failed' ? showFailure(record.failure) : {}),
  };
}

/** As {@link showStatus}, with what Botport's own API has beyond it. */
export function showStanding({ record, progress }: Standing<ImportRecord>) {
  return { ...showStatus(record), progress };
}
