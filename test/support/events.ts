/** An event, or a comment, as a client of server-sent events reads it. */
export interface HeardEvent {
  id: string;
  event: string;
  data: unknown;
}

export interface EventClient {
  status: number;
  headers: Headers;
  /** The next event; `undefined` when the stream has ended. */
  next(): Promise<HeardEvent | undefined>;
  /** Every event to the end of the stream. */
  rest(): Promise<HeardEvent[]>;
  /** Comments and `retry` fields met so far. */
  asides: string[];
  leave(): void;
}

/** Opens an event stream and reads it as the standard says, with JSON as data. */
export async function openEvents(url: string, headers: Record<string, string>): Promise<EventClient> {
  const leaving = new AbortController();
  const response = await fetch(url, { headers, signal: leaving.signal });
  const asides: string[] = [];
  const events = read(response, asides);
  return {
    status: response.status,
    headers: response.headers,
    asides,
    next: async () => (await events.next()).value ?? undefined,
    async rest() {
      const all: HeardEvent[] = [];
      for await (const event of events) all.push(event);
      return all;
    },
    leave: () => leaving.abort(),
  };
}

async function* read(response: Response, asides: string[]): AsyncGenerator<HeardEvent, undefined> {
  let text = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map<string, string>();
      for (const line of block.split('\n')) {
        const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
        if (name === '' || name === 'retry') asides.push(line);
        else fields.set(name, value);
      }
      const data = fields.get('data');
      if (data === undefined) continue;
      yield { id: fields.get('id') ?? '', event: fields.get('event') ?? '', data: JSON.parse(data) };
    }
  }
  // The standard drops what is not ended by an empty line; here it would be a fault.
  if (text !== '') throw new Error(`the stream ended in the middle of an event: ${text}`);
  return undefined;
}
