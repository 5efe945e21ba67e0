import { spawn } from 'node:child_process';
import { launcher } from '../cli/serving.ts';

/*
 * Commands as somebody at a terminal runs them: `script` (of bsdutils, which every Debian has) gives them one, and tells
 * all that they write to it.
 */

/** Runs `botport` in a terminal; its answer to questions is `typed`. The output has line ends and colours as a terminal gets them. */
export function botportInTerminal(
  args: string[],
  variables: Record<string, string> = {},
  { typed = '', cwd = process.cwd() }: { typed?: string; cwd?: string } = {},
): Promise<{ code: number | null; output: string }> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('BOTPORT_') && name !== 'CI' && name !== 'NO_COLOR',
  );
  const env = { ...Object.fromEntries(inherited), TERM: 'xterm', COLUMNS: '120', ...variables };
  const command = [process.execPath, launcher, ...args].map(quoted).join(' ');
  return new Promise((resolve, reject) => {
    // -e: ends as the command does. -q: adds nothing of its own. -f: nothing is kept back.
    const child = spawn('script', ['-eqfc', command, '/dev/null'], {
      env,
      cwd,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
    child.stdin.end(typed);
  });
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
