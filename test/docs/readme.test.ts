import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AppCredentials } from '../../src/auth/apps.ts';
import { membersOf } from '../support/archive.ts';
import { blocksOf, folderLikeTheRepository, lacking, run } from '../support/pages.ts';
import { callerOf, importedBot, startServer, type TestServer } from '../support/server.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
const sample = (name: string) => readFileSync(path.join(root, 'samples/tiny', name));

const blocks = (info: string) => blocksOf(readme, info);

describe('the README runs as it stands', () => {
  let server: TestServer;
  let app: AppCredentials;
  let botId: string;
  let folder: string;

  beforeAll(async () => {
    server = await startServer();
    app = await server.createApp();
    botId = await importedBot(server, await callerOf(server, app), {
      definition: sample('botDefinition.json'),
    });
    folder = folderLikeTheRepository();
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  const archiveOf = async (name: string) => {
    const members = await membersOf(readFileSync(path.join(folder, name)));
    return [...members.keys()];
  };
  const credentials = () => ({
    BOTPORT_CLIENT_ID: app.clientId,
    BOTPORT_CLIENT_SECRET: app.clientSecret,
  });

  test('the walk-through with curl', async ({ skip }) => {
    const missing = lacking('bash', 'curl', 'jq', 'unzip');
    skip(missing.length > 0, `needs ${missing.join(', ')}`);
    const steps = blocks('sh curl-walkthrough');
    expect(steps).toHaveLength(7);
    const script = steps.join('\n').replaceAll('http://127.0.0.1:8080', server.url);
    const { code, output } = await run(['bash', '-euo', 'pipefail', '-c', script], folder, {
      BOTPORT_DATA: server.dataFolder,
    });
    expect(code, output).toBe(0);
    expect(output).toMatch(/"streamId": "st-/);
    expect(output).toMatch(/"status":"successful","percentageComplete":100/);
    expect(output).toMatch(/"downloadURL": "http/);
    expect(await archiveOf('bot.zip')).toEqual(['botDefinition.json', 'config.json', 'icon.png']);
  });

  test.for([
    { program: 'python3', file: 'export_bot.py', info: 'python export_bot.py' },
    { program: 'java', file: 'ExportBot.java', info: 'java ExportBot.java' },
  ])('the $program client', async ({ program, file, info }, { skip }) => {
    skip(lacking(program).length > 0, `needs ${program}`);
    const [text = ''] = blocks(info);
    expect(text).not.toBe('');
    writeFileSync(path.join(folder, file), text);
    const target = `${program}.zip`;
    const { code, output } = await run([program, file, server.url, botId, target], folder, credentials());
    expect(code, output).toBe(0);
    expect(output).toMatch(new RegExp(`^${target}: \\d+ bytes$`, 'm'));
    expect(await archiveOf(target)).toEqual(['botDefinition.json', 'config.json', 'icon.png']);
  });
});

const pages = ['README.md', 'CHANGELOG.md', ...pagesIn('docs'), ...pagesIn('samples')];

function pagesIn(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join(folder, name));
}

/** The anchors GitHub gives the headings of a page. */
function anchors(page: string): string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test.each(pages)('every link of %s leads somewhere', (name) => {
  const text = readFileSync(path.join(root, name), 'utf8').replace(/^```.*?^```$/gms, '');
  for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    const [file = '', anchor] = target.split('#');
    const linked = file === '' ? path.join(root, name) : path.resolve(root, path.dirname(name), file);
    expect(existsSync(linked), `${name}: ${target}`).toBe(true);
    if (anchor !== undefined) {
      expect(anchors(readFileSync(linked, 'utf8')), `${name}: ${target}`).toContain(anchor);
    }
  }
});
