/** A number that JavaScript might round: many digits, or an exponent. */
const unusual = /(?:^|[:[\s,])-?(?:\d[\d.]{15,}|\d[\d.]*[eE])/;

/** Parses JSON; numbers that JavaScript would round stand in it as the text that is written. */
export function parseExact(text: string): unknown {
  if (!unusual.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
    const source = context?.source;
    return typeof value === 'number' && source !== undefined && String(value) !== source ? source : value;
  });
}
