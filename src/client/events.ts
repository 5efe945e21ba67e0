import type { z } from 'zod';
import { ClientError } from './errors.ts';
import { readEvents } from './event-stream.ts';
import { aborted, pause } from './pause.ts';
import {
  type ExportRecord,
  exportRecord,
  type ImportReply,
  importReply,
  type Progress,
  type PublishRecord,
  progressReply,
  publishRecord,
} from './replies.ts';
import { piecesOf } from './reply-body.ts';
import { pauseBefore } from './retry.ts';
import type { CallOptions, Transport } from './transport.ts';
import { isAway } from './wait.ts';

/** What a request is, once it has ended. */
export interface EndedRequest {
  export: ExportRecord;
  import: ImportReply;
  publish: PublishRecord;
}

export type RequestKind = keyof EndedRequest;

/** How a request stands: on its way, or at its end, which is the last event. */
export type RequestEvent<K extends RequestKind> =
  | { type: 'progress'; progress: Progress | null }
  | { type: 'success' | 'failed'; request: EndedRequest[K] };

/** Following requests instead of asking again and again (a Botport host only). */
export interface EventsClient {
  /**
   * How an export, import or publish stands, now and at each change, to its end. Comes again where the connection breaks
   * off. A request that fails is no error: its last event says `failed`.
   *
   * @example
   * ```ts
   * for await (const event of client.events.of('import', importId)) {
   *   if (event.type === 'progress') console.log(event.progress?.bytes);
   *   else console.log(event.type, event.request.streamId);
   * }
   * ```
   */
  of<K extends RequestKind>(kind: K, id: string, options?: CallOptions): AsyncGenerator<RequestEvent<K>>;
}

const paths: Record<RequestKind, string> = { export: 'exports', import: 'imports', publish: 'publishes' };
const requests: { [K in RequestKind]: z.ZodType<EndedRequest[K]> } = {
  export: exportRecord,
  import: importReply,
  publish: publishRecord,
};

/** Milliseconds of silence after which a stream counts as broken: a Botport host says every 15 s that it is there. */
const longestSilence = 45_000;

export function eventsClient(transport: Transport): EventsClient {
  return {
    async *of(kind, id, { signal } = {}) {
      const path = `/api/v1/${paths[kind]}/${encodeURIComponent(id)}/events`;
      let lastId = '';
      let opened = false;
      let wait: number | undefined;
      for (let failures = 0; failures < transport.retry.attempts; ) {
        const headers = {
          accept: 'text/event-stream',
          ...(lastId === '' ? {} : { 'last-event-id': lastId }),
        };
        const response = await transport.stream({ path, headers, signal }).catch((error: unknown) => {
          // Who was there may be starting anew.
          if (!opened || !isAway(error)) throw error;
          return undefined;
        });
        failures += 1;
        if (!response) {
          await pause(wait ?? pauseBefore(failures, transport.retry.firstPause), signal);
          continue;
        }
        opened = true;
        if (response.status === 204) return;
        if (!/^text\/event-stream\b/i.test(response.headers.get('content-type') ?? '')) {
          await response.body?.cancel();
          throw new ClientError('unexpected_reply', `GET ${path}: the reply is no event stream`);
        }
        try {
          for await (const event of readEvents(piecesOf(response, { silence: longestSilence }))) {
            failures = 0;
            lastId = event.id;
            wait = event.retry;
            const heard = readEvent(kind, path, event.event, event.data);
            if (heard) yield heard;
            if (heard && heard.type !== 'progress') return;
          }
        } catch (error) {
          if (signal?.aborted) throw aborted(signal);
          if (error instanceof ClientError) throw error;
        }
        // The host stops, or the connection broke off: one comes again, and hears how it stands.
        await pause(wait ?? pauseBefore(failures + 1, transport.retry.firstPause), signal);
      }
      throw new ClientError('unreachable', `GET ${path}: the events break off`);
    },
  };
}

/** An event of this API; undefined for one it does not have, which the standard passes over, too. */
function readEvent<K extends RequestKind>(
  kind: K,
  path: string,
  type: string,
  data: string,
): RequestEvent<K> | undefined {
  if (type === 'progress') return { type, progress: read(progressReply, path, data) };
  if (type === 'success' || type === 'failed') return { type, request: read(requests[kind], path, data) };
  return undefined;
}

function read<T>(schema: z.ZodType<T>, path: string, data: string): T {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    // Falls through: undefined has no shape.
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const words = `${issue?.path.join('.') || 'the event'}: ${issue?.message}`;
  throw new ClientError('unexpected_reply', `GET ${path}: ${words}`);
}
