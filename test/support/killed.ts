/** Whether a call failed because its server was killed: no error of the test. */
export function isKilled(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.message === 'fetch failed' || /terminated|other side closed/.test(error.message);
}
