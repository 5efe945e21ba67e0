import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { servers } from '../cli/serving.ts';
import { blocksOf, root, run } from '../support/pages.ts';

/*
 * No container engine is needed: what the Containerfile does is done in a scratch folder, instruction by instruction. Only
 * `npm ci`, which needs the network, is replaced by the packages that are here.
 */

interface Instruction {
  name: string;
  value: string;
}

/** The instructions of a file of stages, without comments, continued lines joined. */
function instructionsOf(text: string): Instruction[] {
  return text
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', value = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
      return { name, value };
    });
}

const instructions = instructionsOf(readFileSync(path.join(root, 'Containerfile'), 'utf8'));
const second = instructions.findLastIndex(({ name }) => name === 'FROM');
const stages = [instructions.slice(0, second), instructions.slice(second)] as const;
const valuesOf = (name: string, among: readonly Instruction[] = instructions) =>
  among.filter((one) => one.name === name).map(({ value }) => value);

const ignored = readFileSync(path.join(root, '.dockerignore'), 'utf8').split('\n');
const about = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const { folder, start } = servers();
const scratch = mkdtempSync(path.join(tmpdir(), 'botport-container-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** Does what a `COPY` from the repository, or from the other stage, does. */
function copy(value: string, to: string, from = root): void {
  const words = value.replace(/^--from=\S+ /, '').split(' ');
  const target = words.pop() ?? '';
  for (const word of words) {
    const source = word.startsWith('/build/') ? word.slice('/build/'.length) : word;
    const place =
      words.length > 1 || target.endsWith('/') ? path.join(target, path.basename(source)) : target;
    cpSync(path.join(from, source), path.join(to, place), { recursive: true, verbatimSymlinks: true });
  }
}

describe('the Containerfile', () => {
  test('copies only what is there, and what the engine is let see', () => {
    const sources = valuesOf('COPY')
      .filter((value) => !value.startsWith('--from'))
      .flatMap((value) => value.split(' ').slice(0, -1));
    expect(sources.length).toBeGreaterThan(5);
    for (const source of sources) {
      expect(existsSync(path.join(root, source)), source).toBe(true);
      expect(ignored).toContain(`!${source}`);
    }
    expect(ignored.filter((line) => line.startsWith('!')).length).toBe(new Set(sources).size);
  });

  test('names its base exactly, as the Node.js the tests run on', () => {
    for (const value of valuesOf('FROM')) expect(value).toContain(`node:${about.devDependencies.node}-slim`);
  });

  test('runs as somebody who is not root, and by no shell', () => {
    expect(valuesOf('USER', stages[1])).toEqual(['node']);
    for (const name of ['ENTRYPOINT', 'CMD']) {
      for (const value of valuesOf(name)) expect(JSON.parse(value)).toBeInstanceOf(Array);
    }
  });

  test('makes a server that listens, and is found healthy', async () => {
    const build = path.join(scratch, 'build');
    const app = path.join(scratch, 'app');
    for (const { name, value } of stages[0]) {
      if (name === 'COPY') copy(value, build);
      if (name !== 'RUN') continue;
      if (value.startsWith('npm ci')) copy('node_modules node_modules', build);
      else {
        const { code, output } = await run(['bash', '-ec', value], build, {});
        expect(code, `${value}\n${output}`).toBe(0);
      }
    }
    expect(existsSync(path.join(build, 'node_modules/vitest')), 'what is for development').toBe(false);
    for (const value of valuesOf('COPY', stages[1])) {
      copy(value, app, value.startsWith('--from') ? build : root);
    }
    expect(existsSync(path.join(app, 'src'))).toBe(false);

    const command = [process.execPath, path.join(app, 'bin/botport.js')];
    const serving = await start({ BOTPORT_DATA: folder(), BOTPORT_HOST: '0.0.0.0' }, { command });
    const port = new URL(serving.url).port;
    const health = JSON.parse(/CMD (\[.*\])$/.exec(valuesOf('HEALTHCHECK')[0] ?? '')?.[1] ?? '[]');
    expect(await run(health, app, { BOTPORT_PORT: port })).toMatchObject({ code: 0 });
    serving.child.kill('SIGTERM');
    expect(await serving.ended).toBe(0);
    expect(await run(health, app, { BOTPORT_PORT: port })).toMatchObject({ code: 1 });
  }, 120_000);
});

describe('docs/container.md', () => {
  const page = readFileSync(path.join(root, 'docs/container.md'), 'utf8');

  test('has a compose file in agreement with the Containerfile', () => {
    const { services, volumes } = parse(blocksOf(page, 'yaml compose.yaml')[0] ?? '');
    const { build, ports, volumes: mounts } = services.botport;
    expect(existsSync(path.join(root, build.context, build.dockerfile))).toBe(true);
    const [volume, place] = mounts[0].split(':');
    expect(Object.keys(volumes)).toEqual([volume]);
    expect(valuesOf('VOLUME')).toEqual([place]);
    expect(valuesOf('EXPOSE')).toEqual([ports[0].split(':').at(-1)]);
  });

  test('has only commands that a shell can read', async () => {
    for (const block of blocksOf(page, 'sh')) {
      expect(await run(['bash', '-nc', block], scratch, {})).toMatchObject({ code: 0 });
    }
  });
});
