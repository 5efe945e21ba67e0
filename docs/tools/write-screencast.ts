import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startServer } from '../../test/support/server.ts';

/** Where the picture is kept. `npm run docs:screencast` makes it anew, and a test compares the two. */
export const screencastFile = fileURLToPath(new URL('../screencast.svg', import.meta.url));

/** What the picture shows: commands as they are typed, each run for real. */
const steps = [
  'botport import samples/bank-assistant',
  'botport export "Harbour Bank Assistant" --exploded bank',
  "sed -i 's/the%20police/your%20insurer/' bank/definition/dialogComponents/blocked-stolen-*.json",
  'botport diff draft:"Harbour Bank Assistant" bank',
  'botport import bank --into "Harbour Bank Assistant" --plan',
];

const title = 'A bot taken apart, edited, compared and planned back in';
const columns = 100;
const root = fileURLToPath(new URL('../..', import.meta.url));

const run = promisify(execFile);

interface Line {
  text: string;
  kind: 'command' | 'output' | 'change';
}

/** Runs the commands against a server of their own, and draws what they print. */
export async function screencast(): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'botport-screencast-'));
  const server = await startServer();
  try {
    symlinkSync(path.join(root, 'samples'), path.join(folder, 'samples'));
    const { clientId, clientSecret } = await server.createApp();
    const env = { ...process.env, BOTPORT_CLIENT_ID: clientId, BOTPORT_CLIENT_SECRET: clientSecret };
    const lines: Line[] = [];
    for (const step of steps) {
      // A server that is not on port 8080 has to be named, which the picture need not show.
      const named = `botport() { '${process.execPath}' '${root}bin/botport.js' "$@" --host '${server.url}'; }\n${step}`;
      // 1 is the answer of `diff` that there is a difference.
      const { stdout } = await run('bash', ['-c', `${named} || [ $? = 1 ]`], { cwd: folder, env });
      lines.push(...linesOf(step, stdout));
    }
    return draw(lines);
  } finally {
    await server.close();
    rmSync(folder, { recursive: true });
  }
}

function linesOf(step: string, output: string): Line[] {
  const printed = withStableIds(output).trimEnd();
  return [
    ...wrapped(`$ ${step}`, ' \\').map((text): Line => ({ text, kind: 'command' })),
    ...(printed === '' ? [] : printed.split('\n')).flatMap((line) =>
      wrapped(line).map(
        (text): Line => ({ text, kind: /^\s+[~+-] |\breplaced: /.test(line) ? 'change' : 'output' }),
      ),
    ),
    { text: '', kind: 'output' },
  ];
}

/** The ids a server makes are others each time. */
function withStableIds(text: string): string {
  return text.replaceAll(
    /\bst-[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g,
    'st-b17c0de5-0b07-5b0b-8a11-5a3e1d5a3e1d',
  );
}

/** A line in pieces that fit, cut at spaces; where it goes on, a command says so. */
function wrapped(line: string, sign = ''): string[] {
  const indent = `${/^\s*/.exec(line)?.[0] ?? ''}    `;
  const pieces: string[] = [];
  let rest = line;
  while (rest.length > columns) {
    const cut = rest.lastIndexOf(' ', columns - sign.length);
    if (cut <= indent.length) break;
    pieces.push(rest.slice(0, cut) + sign);
    rest = indent + rest.slice(cut + 1);
  }
  return [...pieces, rest];
}

const lineHeight = 19;
const margin = 18;
const bar = 34;
/** Of a monospaced letter of 13 pixels; the widest of the usual fonts. */
const letterWidth = 7.9;

/** A terminal with these lines. It brings its own ground, so that it reads on a light and on a dark page. */
function draw(lines: Line[]): string {
  const shown = lines.slice(0, -1);
  const width = Math.ceil(columns * letterWidth + 2 * margin);
  const height = bar + shown.length * lineHeight + margin;
  const rows = shown.map(({ text, kind }, index) => {
    const y = bar + (index + 1) * lineHeight - 5;
    return `<text class="${kind}" x="${margin}" y="${y}" xml:space="preserve">${escaped(text)}</text>`;
  });
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
    (fill, index) => `<circle cx="${margin + 4 + index * 20}" cy="17" r="6" fill="${fill}"/>`,
  );
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${title}</title>`,
    `<desc id="desc">A terminal. ${escaped(steps.join('; '))}. Every line was printed by the commands themselves.</desc>`,
    '<style>',
    'text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d0d7de }',
    '.command { fill: #7ee787; font-weight: 600 }',
    '.change { fill: #f2cc60 }',
    '</style>',
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117" stroke="#57606a"/>`,
    ...dots,
    ...rows,
    '</svg>',
  ].join('\n')}\n`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

if (import.meta.main) writeFileSync(screencastFile, await screencast());
