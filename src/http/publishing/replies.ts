import type { z } from 'zod';
import type { PublishRecord } from '../../publishing/publishing.ts';
import { iso, showFailure } from '../replies.ts';
import type { ownPublishStatus, publishStarted, publishStatus } from './schemas.ts';

/** One entry per thing the publish takes along. */
export function showStarted(record: PublishRecord): z.input<typeof publishStarted> {
  return record.resources.map(({ type, id, name }) => ({
    resourceType: type,
    resourceId: id,
    ...(type === 'dialog' ? { sbResourceId: id } : {}),
    status: 'SUCCESS',
    result:
      type === 'dialog'
        ? {
            state: 'awaitingApproval' as const,
            approvalRequestedLanguages: record.languages,
            versionComment: record.comment,
            publishedOn: iso(record.createdAt),
            name,
          }
        : { resourceId: id, resourceType: type, modules: [], name },
  }));
}

/** Publishing says `successful` where export and import say `success`. */
const words = {
  pending: { status: 'inprogress', part: 'INPROGRESS', percentageComplete: 0 },
  success: { status: 'successful', part: 'SUCCESS', percentageComplete: 100 },
  failed: { status: 'failed', part: 'FAILED', percentageComplete: 100 },
} as const;

export function showStatus(record: PublishRecord): z.input<typeof publishStatus> {
  const { status, part, percentageComplete } = words[record.status];
  const parts = [
    ...record.resources.map(({ type, id, name }) => ({ resourceId: id, resourceType: type, name })),
    { resourceId: 'AUTOVERSIONING', resourceType: 'AUTOVERSIONING', name: 'Creating New Version' },
  ];
  return {
    _id: record.id,
    action: 'RUN',
    jobType: 'PUBLISH_BOT',
    streamId: record.botId,
    __v: 0,
    countOfDockStatuses: parts.length,
    createdBy: record.createdBy,
    percentageComplete,
    requestedTime: iso(record.createdAt),
    status,
    lastModifiedOn: iso(record.finishedAt ?? record.createdAt),
    initiatedOn: iso(record.createdAt),
    statusSummary: parts.map((one) => ({ ...one, status: part })),
    ...(record.status === 'failed' ? showFailure(record.failure) : {}),
  };
}

/** A publish as Botport's own API shows it. */
export function showOwnStatus(record: PublishRecord): z.input<typeof ownPublishStatus> {
  const { id, botId, status, comment, version, createdBy, createdAt, finishedAt, failure } = record;
  return {
    ...{ id, botId, status, comment, version, createdBy },
    createdOn: iso(createdAt),
    finishedOn: finishedAt === null ? null : iso(finishedAt),
    ...(status === 'failed' ? showFailure(failure) : {}),
  };
}
