/** A line on stderr that says what is being waited for, where somebody watches. */
export interface WaitingLine {
  say(text: string): void;
  /** Takes the line away. */
  stop(): void;
}

const startOfLine = '\r\u001b[K';

export function waitingLine(): WaitingLine {
  const { stderr } = process;
  if (!stderr.isTTY) return { say: () => {}, stop: () => {} };
  let isShown = false;
  return {
    say(text) {
      stderr.write(`${startOfLine}  ${text.slice(0, (stderr.columns || 80) - 3)}`);
      isShown = true;
    },
    stop() {
      // Something else may stand there by now.
      if (isShown) stderr.write(startOfLine);
      isShown = false;
    },
  };
}
