import type { App } from './app.ts';
import { limitBodyTime } from './connections.ts';
import { decodeText, parseJson } from './json.ts';

const form = 'application/x-www-form-urlencoded';

/**
 * Reads the bodies of all calls but uploads. Clients name all sorts of content types, or none, for JSON, so the type
 * is looked at only where forms are taken as well; there a body that begins like JSON is JSON all the same (curl
 * calls everything a form).
 */
export function readBodies(app: App, { forms }: { forms: boolean }): void {
  limitBodyTime(app);
  app.removeAllContentTypeParsers();
  app.addHook('preParsing', ({ raw }, _reply, payload, done) => {
    const named = raw.headers['content-type'] ?? '';
    raw.headers['content-type'] = forms && named.toLowerCase().includes(form) ? form : 'application/json';
    done(null, payload);
  });
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: unknown, bytes: Buffer) => readJson(decodeText(bytes)),
  );
  if (!forms) return;
  app.addContentTypeParser(form, { parseAs: 'buffer' }, async (_request: unknown, bytes: Buffer) => {
    const text = decodeText(bytes);
    return /^\s*\{/.test(text) ? readJson(text) : readForm(text);
  });
}

/** A body of nothing is no body: what is missing is then said by the schema. */
function readJson(text: string): unknown {
  return text.trim() === '' ? undefined : parseJson(text);
}

/** Fields of a form; a field sent more than once, or as `name[]`, becomes a list. */
function readForm(text: string): unknown {
  if (text.trim() === '') return undefined;
  const fields = new Map<string, { values: string[]; isList: boolean }>();
  for (const [sent, value] of new URLSearchParams(text)) {
    const name = sent.replace(/\[\]$/, '');
    const field = fields.get(name) ?? { values: [], isList: false };
    field.values.push(value);
    field.isList ||= name !== sent || field.values.length > 1;
    fields.set(name, field);
  }
  fields.delete('__proto__');
  return Object.fromEntries(
    [...fields].map(([name, { values, isList }]) => [name, isList ? values : values[0]]),
  );
}
