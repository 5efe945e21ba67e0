import { hash } from 'node:crypto';

/*
 * Whether a value can be a secret at all, whatever it is called.
 */

/** What fills a place until somebody knows better, and references to where the value is. */
const fillers: readonly RegExp[] = [
  // References: to variables, to the context, to what a template or redact fills in.
  /\{\{|\$\{|\$\(|#\{|<%|%[A-Z_]+%|\(botport-secret\./,
  /^[$%@][A-Za-z_]/,
  /^(?:env|context|process|session|request|response|this|window|config|options|data|user|koreUtil|content|vars?|params?|secrets?|entities|args|req|res|payload|headers?|body)\s*[.[]/i,
  // Marks: <your key>, [token], ****, xxxx, ....
  /^[<[({].*[>\])}]$/s,
  /[*•]{3}|x{4,}|X{4,}|\.{3}|…|_{4,}|-{6,}|#{3,}|\?{3,}/,
  // Words.
  /your[-_ ]?|\bmy[-_ ]|change[-_ ]?(?:me|it|this)|replace[-_ ]?(?:me|it|this|with)|example|exemple|beispiel|sample|dummy|placeholder|redacted|masked|hidden|removed|insert|todo|tbd|fixme|goes[-_ ]?here|(?:^|[-_])here$|not[-_ ]?set|undefined|fake|foobar|lorem|secret[-_ ]?(?:key|here|value)$|(?:api|access|auth)[-_]?(?:key|token)[-_]?(?:here|value)?$/i,
  /^(?:null|nil|none|empty|true|false|yes|no|on|off|n\/?a|string|text|number|integer|boolean|object|array|password|passwd|pwd|pass|passphrase|secret|token|key|value|bearer|basic|jwt|oauth2?|digest|hmac|plain|header|query|body|optional|required|enabled|disabled|default|anonymous|test|demo|abc|admin|user|guest)$/i,
];

/** A run that counts up or repeats: 12345678, abcdefgh, aaaaaaa. */
function isMonotonous(value: string): boolean {
  if (value.length < 8) return new Set(value).size <= 1;
  if (new Set(value.toLowerCase()).size <= 3) return true;
  return sequences.some((sequence) => sequence.includes(value.toLowerCase()));
}

const sequences = ['0123456789', '0123456789', 'abcdefghijklmnopqrstuvwxyz'].map((run) => run.repeat(3));

/** Whether a value stands for one that is to come, or says where it is. */
export function isFiller(value: string): boolean {
  const text = value.length > 500 ? value.slice(0, 500) : value;
  return fillers.some((filler) => filler.test(text)) || isMonotonous(text);
}

/** What documentation has where a token would be. */
export function isTokenFiller(token: string): boolean {
  return /example|your[-_]|placeholder|dummy|redacted|x{6,}|0{8,}|1234567890|abcdefghij|\*{3}/i.test(token);
}

/** Values that documentation shows: their digests, so that no scanner takes this file for a leak. */
const publicValues: ReadonlySet<string> = new Set<string>([
  // The key of the account of the Azure Storage emulator.
  '0011cc25eb4320717494d2703e8cba85743e71b500283c21c8b88147992f9059',
  // Keys in the documentation of Stripe.
  '2cafc0970149a84f3b9e62eaf169f36f59907a3b3e31f7b82e68c69cd27f7326',
  'f2d6ca16515033e5dce14eba840b979d27b5cbae24bb3e5bf484339667f86397',
]);

export function isPublicValue(value: string): boolean {
  return publicValues.has(hash('sha256', value));
}

/** Shannon entropy of the characters, in bits for each. */
export function entropy(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
}

const hasLetter = /[A-Za-z]/;
const hasDigit = /\d/;

/** Whether a value is as random as keys and tokens are: no word, name, address, date, path or expression. */
export function looksRandom(value: string): boolean {
  if (value.length < 8 || value.length > 8192 || /[\s"'`<>{}()[\]|,;]/.test(value)) return false;
  if (!hasLetter.test(value) || !hasDigit.test(value)) return isLongWord(value);
  if (isAddress(value) || isWords(value)) return false;
  return entropy(value) >= (value.length < 16 ? 2.5 : 2.8);
}

/** Forty letters of either case in no order are a key, too; digits alone are a number. */
function isLongWord(value: string): boolean {
  return /^[A-Za-z]{24,}$/.test(value) && entropy(value) >= 4 && /[A-Z][^A-Z]{0,3}[A-Z]/.test(value);
}

/** URLs, e-mail addresses, paths, dates, versions, media types. */
export function isAddress(value: string): boolean {
  return (
    /^[a-z][a-z0-9+.-]{1,20}:\/\//i.test(value) ||
    /^[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{2,64}$/.test(value) ||
    /^\.{0,2}\/[\w.-]{0,60}(?:\/[\w.-]{0,60}){0,20}$/.test(value) ||
    /^\d{4}-\d\d-\d\d/.test(value) ||
    /^v?\d+(?:\.\d+)+$/.test(value) ||
    /^(?:application|text|image|audio|video|multipart)\//i.test(value)
  );
}

/** Words, with a number perhaps: session-token-2, getUserToken1, access_token.v2. */
function isWords(value: string): boolean {
  const words = value.split(/[-_.:/ ]|(?<=[a-z])(?=[A-Z])/);
  return words.every((word) => /^(?:[A-Z]?[a-z]{2,}|[A-Z]{2,12})?\d{0,2}$/.test(word));
}

/** Whether somebody may have chosen a value as a password. In running text, words alone are none. */
export function looksChosen(value: string, isField: boolean): boolean {
  if (value.length < 4 || value.length > 200 || /\s/.test(value)) return false;
  if (isAddress(value) || (/^[\w$]+(?:\.[\w$]+)+\(?\)?$/.test(value) && !hasDigit.test(value))) return false;
  if (/^\p{L}+$/u.test(value)) return isField;
  if (/^\d+$/.test(value)) return value.length >= 6;
  return value.length >= 6 && !isWords(value.replace(/\d{0,2}$/, ''))
    ? true
    : hasDigit.test(value) && value.length >= 6;
}
