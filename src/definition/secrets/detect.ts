import { rankOf, type SecretKind, type Severity } from './kinds.ts';
import { kindOfName } from './names.ts';
import { anyAnchor, tokenRules } from './tokens.ts';
import { isFiller, isPublicValue, isTokenFiller, looksChosen, looksRandom } from './values.ts';

/*
 * Secrets in a text, whatever it is: a script, JSON, a form, a header, a URL, a message.
 */

/** A secret in a text: from `start` up to but without `end`. */
export interface Detected {
  kind: SecretKind;
  severity: Severity;
  start: number;
  end: number;
  /** What the text calls it. */
  name?: string | undefined;
}

/** The secrets in a text, in their order; none overlaps another. */
export function detect(text: string): Detected[] {
  if (text.length < 6) return [];
  const found = withoutOverlaps([
    ...(text.includes('-----BEGIN ') ? privateKeys(text) : []),
    ...(anyAnchor.test(text) ? tokens(text) : []),
    ...besideIds(text),
    ...(text.includes('://') ? urlPasswords(text) : []),
    ...(/b(?:asic|earer)/i.test(text) ? headerValues(text) : []),
    ...(/btoa|base64|Buffer\.from/i.test(text) ? encodedHere(text) : []),
    ...(mayName.test(text) ? assignments(text) : []),
  ]);
  return found.map((one) => ({ ...one, name: one.name ?? nameBefore(text, one.start) }));
}

const setBefore =
  /([A-Za-z_$][\w$.-]{0,80})(?:\\{0,3}["'`])?\]?\s{0,4}[:=,]\s{0,4}(?:\\{0,3}["'`])?(?:(?:basic|bearer)\s{1,3})?$/i;

/** What a text calls the value that begins at a place. */
function nameBefore(text: string, start: number): string | undefined {
  return setBefore.exec(text.slice(Math.max(0, start - 100), start))?.[1];
}

/** Of those that overlap, the one that says most stays. */
export function withoutOverlaps<D extends Detected>(found: readonly D[]): D[] {
  if (found.length < 2) return [...found];
  const kept: D[] = [];
  for (const one of found.toSorted((a, b) => a.start - b.start || rankOf(a.kind) - rankOf(b.kind))) {
    const last = kept.at(-1);
    if (!last || one.start >= last.end) kept.push(one);
    else if (rankOf(one.kind) < rankOf(last.kind)) kept[kept.length - 1] = one;
  }
  return kept;
}

const longestKey = 16_384;

function privateKeys(text: string): Detected[] {
  const found: Detected[] = [];
  let at = 0;
  for (;;) {
    const start = text.indexOf('-----BEGIN ', at);
    if (start === -1) return found;
    at = start + 11;
    const head = /^(?:[A-Z]{2,10} ){0,2}PRIVATE KEY(?: BLOCK)?-----/.exec(text.slice(at, at + 60));
    if (!head) continue;
    const body = text.slice(at + head[0].length, start + longestKey);
    const close = body.indexOf('-----END ');
    const inside = close === -1 ? body : body.slice(0, close);
    if (inside.replace(/[^A-Za-z0-9+/=]/g, '').length < 64 || /\.{3}|…/.test(inside)) continue;
    // Without an end, what is left of it counts.
    const tail =
      close === -1 ? '' : (/^-----END [A-Z ]{0,40}-----/.exec(body.slice(close))?.[0] ?? '-----END ');
    const end = at + head[0].length + inside.length + tail.length;
    const isService = text.slice(Math.max(0, start - 2000), end + 2000).includes('service_account');
    found.push({ kind: isService ? 'google-service-account' : 'private-key', severity: 'error', start, end });
    at = end;
  }
}

function tokens(text: string): Detected[] {
  return tokenRules.flatMap(({ kind, anchors, pattern, accepts, severity }) => {
    if (!anchors.some((anchor) => text.includes(anchor))) return [];
    return [...text.matchAll(pattern)].flatMap((match): Detected[] => {
      const secret = match[1] ?? match[0];
      if (isTokenFiller(secret) || isPublicValue(secret) || accepts?.(secret, text) === false) return [];
      const start = match.index + (match[1] === undefined ? 0 : match[0].lastIndexOf(match[1]));
      return [{ kind, severity: severity?.(secret) ?? 'error', start, end: start + secret.length }];
    });
  });
}

/** Secrets that nothing but the id beside them tells from a digest. */
const companions: readonly { kind: SecretKind; anchor: string; id: RegExp; secret: RegExp }[] = [
  {
    kind: 'kore-client-secret',
    anchor: 'cs-',
    id: /(?<![\w-])cs-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w-])/g,
    secret: /(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{43}=(?![A-Za-z0-9+/=])/g,
  },
  {
    kind: 'twilio-key',
    anchor: 'AC',
    id: /(?<![A-Za-z0-9])AC[0-9a-f]{32}(?![A-Za-z0-9])/g,
    secret: /(?<![A-Za-z0-9])[0-9a-f]{32}(?![A-Za-z0-9])/g,
  },
];
const near = 400;

/** Secrets that stand near the id they belong to. */
function besideIds(text: string): Detected[] {
  return companions.flatMap(({ kind, anchor, id, secret }): Detected[] => {
    if (!text.includes(anchor)) return [];
    const stretches = new Set([...text.matchAll(id)].map(({ index }) => Math.floor(index / near)));
    if (stretches.size === 0) return [];
    return [...text.matchAll(secret)].flatMap(({ 0: found, index }): Detected[] => {
      const stretch = Math.floor(index / near);
      const isNear = [-1, 0, 1].some((step) => stretches.has(stretch + step));
      if (!isNear || isTokenFiller(found) || !looksRandom(found)) return [];
      return [{ kind, severity: 'error', start: index, end: index + found.length }];
    });
  });
}

const userInUrl =
  /(?<![\w+.-])([a-z][a-z0-9+.-]{1,30}):\/\/([^\s/@:"'`<>\\]{0,100}):([^\s/@"'`<>\\]{1,200})@(?=[\w.[-])/gi;
const databases =
  /^(?:jdbc:)?(?:postgres(?:ql)?|mysql|mariadb|mongodb|redis|rediss|amqps?|mssql|sqlserver|oracle|cassandra|neo4j|bolt|clickhouse|couchdb|ldaps?|kafka|nats)(?:\+\w{1,20})?$/i;

function urlPasswords(text: string): Detected[] {
  return [...text.matchAll(userInUrl)].flatMap((match): Detected[] => {
    const [whole, scheme = '', , password = ''] = match;
    if (isFiller(password)) return [];
    const end = match.index + whole.length - 1;
    const kind = databases.test(scheme) ? 'database-url' : 'url-password';
    return [{ kind, severity: 'error', start: end - password.length, end }];
  });
}

const inHeader = /(?<![A-Za-z0-9])(basic|bearer)(?:\s|%20|\+){1,3}([\w.~+/=-]{8,4096})/gi;

function headerValues(text: string): Detected[] {
  return [...text.matchAll(inHeader)].flatMap((match): Detected[] => {
    const [whole, scheme = '', credential = ''] = match;
    const end = match.index + whole.length;
    const start = end - credential.length;
    if (isFiller(credential) || isPublicValue(credential)) return [];
    if (scheme.toLowerCase() === 'basic') {
      return isUserAndPassword(credential) ? [{ kind: 'basic-auth', severity: 'error', start, end }] : [];
    }
    const isToken = credential.length >= 16 && looksRandom(credential);
    return isToken ? [{ kind: 'bearer-token', severity: 'error', start, end }] : [];
  });
}

const encoding =
  /(?:btoa|base64_?(?:encode)?|Buffer\.from)\(\s{0,4}(["'`])([^"'`:\s]{1,100}):([^"'`\s]{4,200})\1/gi;

/** `btoa("user:password")`: the header is made where it is used. */
function encodedHere(text: string): Detected[] {
  return [...text.matchAll(encoding)].flatMap(({ 0: whole, 3: password = '', index }): Detected[] => {
    if (isFiller(password)) return [];
    const end = index + whole.length - 1;
    return [{ kind: 'basic-auth', severity: 'error', start: end - password.length, end }];
  });
}

/** RFC 7617: a user, a colon, a password, in base64. */
function isUserAndPassword(credential: string): boolean {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(credential)) return false;
  const decoded = Buffer.from(credential, 'base64').toString('utf8');
  const [, password] = /^[^\p{Cc}:\ufffd]*:([^\p{Cc}\ufffd]+)$/u.exec(decoded) ?? [];
  return password !== undefined && !isFiller(password);
}

/** A look at a text that says whether it may name a secret. */
const mayName =
  /pass|pwd|pw\b|secret|token|jwt|bearer|key|auth|credential|senha|contrase|kennwort|mot_?de_?passe/i;

/**
 * A name, and what sets it to something: `name: `, `"name":`, `name = `, `["name"] =`, `"name", "value"`,
 * `"key":"name","value":`. Quotes may be escaped, as in JSON within JSON.
 */
const naming =
  /(?<![\w$.-])([A-Za-z_$][\w$.-]{1,80})(\\{0,3}["'`])?\]?\s{0,4}(?::|=>|=(?!=)|(?<=["'`]\s{0,4}),(?:\s{0,20}\\{0,3}["']?(?:value|fieldValue)\\{0,3}["']?\s{0,4}:)?)\s{0,4}/g;

const longestValue = 4096;

function assignments(text: string): Detected[] {
  const found: Detected[] = [];
  for (const match of text.matchAll(naming)) {
    const [whole, name = '', quote] = match;
    const kind = kindOfName(name);
    if (kind === undefined) continue;
    const value = valueAt(text, match.index, match.index + whole.length, whole, quote !== undefined);
    if (!value) continue;
    const severity = judge(kind, value.text, false);
    if (severity)
      found.push({ kind, severity, start: value.start, end: value.start + value.text.length, name });
  }
  return found;
}

interface FoundValue {
  text: string;
  start: number;
}

/** The value that begins at a place: in quotes; or without, where a form, a URL or a connection string has one. */
function valueAt(
  text: string,
  nameAt: number,
  at: number,
  set: string,
  isQuoted: boolean,
): FoundValue | undefined {
  const opened = /^\\{0,3}["'`]/.exec(text.slice(at, at + 4))?.[0];
  if (opened !== undefined) {
    const start = at + opened.length;
    const end = closing(text, start, opened);
    // A header has its scheme before the credential.
    const value = text.slice(start, end);
    const scheme = /^(?:basic|bearer|token|apikey|api-key|key)\s{1,3}/i.exec(value)?.[0].length ?? 0;
    return end === -1 ? undefined : { text: value.slice(scheme), start: start + scheme };
  }
  if (isQuoted || !isPair(text, nameAt, set)) return undefined;
  const value = /^[^\s&;"'`<>(){},[\]\\|]{4,500}(?=[\s&;"'`<>,\\|}]|$)/.exec(text.slice(at, at + 501))?.[0];
  return value === undefined ? undefined : { text: value, start: at };
}

/** Where the quote closes that was opened: it is escaped as often. */
function closing(text: string, start: number, opened: string): number {
  const limit = Math.min(text.length, start + longestValue);
  const quote = opened.at(-1) ?? '"';
  for (let at = text.indexOf(opened, start); at !== -1 && at < limit; at = text.indexOf(opened, at + 1)) {
    let slashes = 0;
    while (text[at - slashes - 1] === '\\' && at - slashes > start) slashes += 1;
    if (opened === quote ? slashes % 2 === 0 : slashes === 0) return at;
  }
  return -1;
}

/** `name=value` of a form, a query or a connection string; or a line that is `Name: value`. */
function isPair(text: string, nameAt: number, set: string): boolean {
  const before = text[nameAt - 1];
  if (set.endsWith('=')) return before === undefined || /[?&;\n\s"'`]/.test(before);
  return /:\s{0,4}$/.test(set) && (before === undefined || before === '\n' || before === '\r');
}

/** How bad it is that something of this kind has this value; undefined where it has not. */
export function judge(kind: SecretKind, value: string, isField: boolean): Severity | undefined {
  if (isFiller(value) || isPublicValue(value)) return undefined;
  if (kind === 'password') return looksChosen(value, isField) ? 'warning' : undefined;
  if (kind === 'aws-secret-key' && !/^[A-Za-z0-9+/]{40}$/.test(value)) return undefined;
  if (!looksRandom(value)) return undefined;
  return value.length >= 20 && !isHexOrId(value) ? 'error' : 'warning';
}

/** What has the form of an id or a digest may be one. */
function isHexOrId(value: string): boolean {
  return /^[0-9a-f-]+$/i.test(value);
}
