import type { FastifyRequest } from 'fastify';
import type { Botport } from '../../botport.ts';
import type { ExportRecord } from '../../exports/exports.ts';
import { linkBase } from '../origin.ts';
import { urlOf } from './replies.ts';

/** Gives a fresh link to the archive of an export that has one, for whoever sent the request. */
export function linkOf(
  botport: Botport,
  request: FastifyRequest,
): (record: ExportRecord) => string | undefined {
  const base = linkBase(request, botport.config.publicUrl);
  return (record) => (record.status === 'success' ? urlOf(botport.exports.link(record), base) : undefined);
}
