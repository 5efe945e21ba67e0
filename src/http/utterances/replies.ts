import type { z } from 'zod';
import type { UtteranceRecord } from '../../utterances/utterances.ts';
import { iso, showFailure } from '../replies.ts';
import type { exportStarted, exportStatus } from './schemas.ts';

const words = { pending: 'IN_PROGRESS', success: 'SUCCESS', failed: 'FAILED' } as const;
const fileTypes = { csv: 'CSV', json: 'JSON' } as const;

export function showStarted(record: UtteranceRecord): z.input<typeof exportStarted> {
  return {
    _id: record.id,
    status: words[record.status],
    percentageComplete: record.status === 'pending' ? 0 : 100,
    streamId: record.botId,
    jobType: 'ML_UTTERANCE',
    action: 'EXPORT',
    countOfDockStatuses: 1,
    createdBy: record.createdBy,
    fileType: fileTypes[record.type],
    statusLogs: [],
    lMod: iso(record.finishedAt ?? record.createdAt),
    createdOn: iso(record.createdAt),
    requestedTime: iso(record.createdAt),
    __v: 0,
  };
}

/** `downloadUrl` is there for a successful request. */
export function showStatus(
  record: UtteranceRecord,
  downloadUrl: string | undefined,
): z.input<typeof exportStatus> {
  return {
    ...showStarted(record),
    ...(downloadUrl === undefined ? {} : { downloadUrl }),
    ...(record.status === 'failed' ? showFailure(record.failure) : {}),
  };
}
