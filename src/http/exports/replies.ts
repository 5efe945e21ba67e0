import type { z } from 'zod';
import type { ExportRecord } from '../../exports/exports.ts';
import type { ArchiveLink } from '../../exports/links.ts';
import type { Standing } from '../../jobs/follow.ts';
import { iso, showFailure } from '../replies.ts';
import type { exportStarted, exportStatus } from './schemas.ts';

export function showStarted(record: ExportRecord): z.input<typeof exportStarted> {
  return {
    _id: record.id,
    streamId: record.botId,
    status: record.status,
    createdBy: record.createdBy,
    exportType: record.exportType,
    requestType: 'Botexport',
    createdOn: iso(record.createdAt),
    __v: 0,
  };
}

/** `link` is there for a successful request; `base` is what it is put behind. */
export function showStatus(
  record: ExportRecord,
  link: ArchiveLink | undefined,
  base: string,
): z.input<typeof exportStatus> {
  const reply = { ...showStarted(record), botId: record.botId };
  if (record.status === 'failed') return { ...reply, ...showFailure(record.failure) };
  if (link === undefined) return reply;
  const query = queryOf(link);
  return {
    ...reply,
    downloadURL: urlOf(link, base),
    fileId: record.fileId,
    store: { urlParams: query },
    fileSize: String(record.size ?? 0),
  };
}

/** The query of a link, with its question mark. */
function queryOf({ query }: ArchiveLink): string {
  return `?${query.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&')}`;
}

export function urlOf(link: ArchiveLink, base: string): string {
  return `${base}${link.path}${queryOf(link)}`;
}

/** An export as Botport's own API shows it. */
export function showStanding(
  { record, progress }: Standing<ExportRecord>,
  linkOf: (record: ExportRecord) => string | undefined,
) {
  const downloadURL = linkOf(record);
  const { id, botId, exportType, status, size, createdAt, failure } = record;
  return {
    ...{ id, botId, exportType, status, size, createdOn: iso(createdAt), progress },
    ...(downloadURL === undefined ? {} : { downloadURL }),
    ...(status === 'failed' ? showFailure(failure) : {}),
  };
}
