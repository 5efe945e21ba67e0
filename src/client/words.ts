/** Characters of a host's words that are told. */
const mostWords = 500;

/** A host's words as a line that is safe to print: without secrets, line breaks and what moves the cursor of a terminal. */
export function plain(words: string, secret?: string): string {
  const hidden = secret ? words.replaceAll(secret, '…') : words;
  const line = hidden.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
  return line.length > mostWords ? `${line.slice(0, mostWords)}…` : line;
}
