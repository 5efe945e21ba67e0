/**
 * Fires when somebody interrupts the command, so that it can tidy up behind itself. A second time ends it at once.
 */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}
