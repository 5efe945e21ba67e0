/*
 * Values that look like secrets and are none. They are put together at run time, from a prefix and characters of a
 * seeded generator, so that no file of the repository has one.
 */

const base62 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const alphabets = {
  base62,
  base64: `${base62}+/`,
  url: `${base62}-_`,
  hex: '0123456789abcdef',
  upper: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789',
  lower: 'abcdefghijklmnopqrstuvwxyz0123456789',
  digits: '0123456789',
  letters: 'abcdefghijklmnopqrstuvwxyz',
} as const;

export type Random = (length: number, alphabet?: keyof typeof alphabets) => string;

/** Characters that are the same for the same seed (mulberry32). There is a digit and a letter among them. */
export function seeded(seed: number): Random {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return (length, alphabet = 'base62') => {
    const characters = alphabets[alphabet];
    for (;;) {
      const text = Array.from({ length }, () => characters[Math.floor(next() * characters.length)]).join('');
      const isMixed =
        alphabet === 'digits' || alphabet === 'letters' || (/\d/.test(text) && /[a-z]/i.test(text));
      if (isMixed && /^[a-z0-9]/i.test(text)) return text;
    }
  };
}

export const base64 = (text: string) => Buffer.from(text).toString('base64');

export function jwt(random: Random, claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}.${random(43, 'url')}`;
}

export function pem(random: Random, label: string): string {
  const lines = Array.from({ length: 12 }, () => random(64, 'base64'));
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
