import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { confirm } from '../../src/cli/ask.ts';
import { lacking } from '../support/pages.ts';

const asking = `
  const { confirm } = await import(process.env.ASK_MODULE);
  console.log('answer: ' + await confirm('Is it so?', {}));
`;

/** What `confirm` makes of something typed at a terminal. */
function answer(typed: string): Promise<string> {
  const child = spawn('script', ['-eqfc', '"$NODE" --input-type=module --eval "$ASKING"', '/dev/null'], {
    env: {
      ...process.env,
      NODE: process.execPath,
      ASKING: asking,
      ASK_MODULE: new URL('../../src/cli/ask.ts', import.meta.url).href,
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stdin.end(typed);
  return new Promise((resolve) => child.on('close', () => resolve(output)));
}

test('with --yes nothing is asked', async () => {
  expect(await confirm('Is it so?', { yes: true })).toBe(true);
});

test('without a terminal nothing is asked, and the way out is named', async () => {
  await expect(confirm('Is it so?', {})).rejects.toMatchObject({
    type: 'confirmation_needed',
    detail: 'Is it so?',
  });
});

const missing = lacking('script');
test.skipIf(missing.length > 0).each([
  ['y\n', true],
  ['YES\n', true],
  ['n\n', false],
  ['\n', false],
  ['yesterday\n', false],
  ['', false],
])(
  `in a terminal, %j means %s${missing.length > 0 ? ' (skipped: no script)' : ''}`,
  async (typed, agreed) => {
    const output = await answer(typed);
    expect(output).toContain('Is it so? [y/N]');
    expect(output).toContain(`answer: ${agreed}`);
  },
);
