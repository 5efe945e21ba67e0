import type { SecretKind } from './kinds.ts';

/*
 * What a name of a field, variable, header or parameter says of its value.
 */

type NamedKind = Extract<
  SecretKind,
  | 'password'
  | 'secret'
  | 'token'
  | 'api-key'
  | 'authorization'
  | 'client-secret'
  | 'aws-secret-key'
  | 'twilio-key'
>;

/** Names end with one of these; the first that fits counts. */
const endings: readonly [NamedKind, RegExp][] = [
  ['aws-secret-key', /(?:aws.{0,20}secret(?:key)?|secretaccesskey)$/],
  ['twilio-key', /twilio.{0,20}(?:token|secret|apikey|key)$/],
  ['client-secret', /(?:client|consumer|app|application|oauth)secret(?:key)?$/],
  [
    'password',
    /(?:password|passwd|passphrase|passcode|userpass|dbpass|authpass|pwd|passwort|kennwort|senha|contrasena|motdepasse)$/,
  ],
  ['token', /(?:token|jwt|bearer)$/],
  ['secret', /secret$/],
  [
    'api-key',
    /(?:api|access|private|secret|subscription|account|auth|authentication|shared|encryption|decryption|signing|signature|master|app|application|license|function|functions|service|consumer|webhook|integration|admin|storage|hmac|aes|client|server|model|partner|merchant|host)key$/,
  ],
  ['authorization', /(?:authorization|authorisation|credential|credentials|xauth)$/],
];

/** What stands behind a name that says where it is used, and nothing else. */
const trailing =
  /(?:value|header|string|env|prod|production|dev|development|test|testing|staging|stage|uat|qa|live|sandbox|new|old|default|current|base64|encoded|plain|\d)$/;

/** Names that end like a secret and are none. */
const harmless =
  /^(?:is|has|forgot|forgotten|reset|change|invalid|wrong|missing|enter|confirm|show|hide|need|requires?|get|validate|check|verify|expired?|max|min|num|number|count|no)[A-Z_\- .]|(?:page|sync|csrf|xsrf|continuation|cursor|next|sort|partition|column|stop|max|device|cancel(?:lation)?)[-_ .]?token$/i;

const known = new Map<string, NamedKind | undefined>();
const mostKnown = 20_000;

/** The kind of secret that something of this name holds; undefined where the name says nothing. */
export function kindOfName(name: string): NamedKind | undefined {
  if (name.length > 100) return undefined;
  if (known.has(name)) return known.get(name);
  const kind = classify(name);
  if (known.size >= mostKnown) known.clear();
  known.set(name, kind);
  return kind;
}

function classify(name: string): NamedKind | undefined {
  const last = name.slice(name.lastIndexOf('.') + 1);
  if (harmless.test(last)) return undefined;
  const words = last.normalize('NFD').replace(/[^A-Za-z0-9]/g, '');
  // The path before the last point says whose it is: aws.secret.
  const owned = name
    .normalize('NFD')
    .replace(/[^A-Za-z0-9]/g, '')
    .toLowerCase();
  let squeezed = words.toLowerCase();
  for (
    let shorter = squeezed.replace(trailing, '');
    shorter !== '';
    shorter = squeezed.replace(trailing, '')
  ) {
    if (shorter === squeezed) break;
    squeezed = shorter;
  }
  // A whole word only: `pass` ends `bypass`, and `key` ends `monkey`.
  if (/(?:^|[^A-Za-z])(?:pass|pw|PASS|PW)$|[a-z](?:Pass|Pw)$/.test(last)) return 'password';
  if (/^(?:x[-_]?)?auth$/i.test(last)) return 'authorization';
  if (/^x-[\w-]{0,40}-key$/i.test(last)) return 'api-key';
  const found = endings.find(([, ending]) => ending.test(squeezed))?.[0];
  if (found === undefined || found === 'aws-secret-key' || found === 'twilio-key') return found;
  if (/twilio/.test(owned) && found !== 'password') return 'twilio-key';
  return found;
}
