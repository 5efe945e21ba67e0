import { ClientError } from './errors.ts';

/** An event as a stream has it. */
export interface StreamEvent {
  event: string;
  data: string;
  /** The last id the stream gave, this event's or an earlier one's. */
  id: string;
  /** Milliseconds after which to come again, if the stream breaks off: the last the stream asked for. */
  retry: number | undefined;
}

/** Characters one event may have. */
const longestEvent = 8 * 1024 * 1024;

/**
 * Reads server-sent events as the standard has them:
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation. What is not ended by an
 * empty line when the stream ends is dropped.
 */
export async function* readEvents(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent> {
  const next = { event: '', data: [] as string[], id: '', retry: undefined as number | undefined };
  for await (const line of linesOf(pieces)) {
    if (line === '') {
      const { event, data, id, retry } = next;
      if (data.length > 0) yield { event: event || 'message', data: data.join('\n'), id, retry };
      next.event = '';
      next.data = [];
      continue;
    }
    // A line that begins with a colon is a comment; its field has no name.
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === 'data') next.data.push(value);
    else if (field === 'event') next.event = value;
    else if (field === 'id' && !value.includes('\0')) next.id = value;
    else if (field === 'retry' && /^\d{1,9}$/.test(value)) next.retry = Number(value);
    if (next.data.reduce((sum, { length }) => sum + length, 0) > longestEvent) throw tooLong();
  }
}

/** Lines, ended by CR LF, LF or CR. */
async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  // Drops a byte order mark.
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of pieces) {
    text += decoder.decode(piece, { stream: true });
    // A CR at the end may be the first half of a CR LF.
    const lines = text.split(/\r\n|\n|\r(?!$)/);
    text = lines.pop() ?? '';
    if (text.length > longestEvent) throw tooLong();
    yield* lines;
  }
}

function tooLong(): ClientError {
  return new ClientError('unexpected_reply', `an event has more than ${longestEvent} characters`);
}
