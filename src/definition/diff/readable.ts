/** Messages and scripts are stored as in an address; people know them as they were typed. */
export function readable(text: string): string {
  if (!/%[0-9A-F]{2}/i.test(text)) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
