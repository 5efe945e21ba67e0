import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Benchmark, figure, withGoal } from './benchmark.ts';
import { type Contender, takeTurns } from './statistics.ts';

const rounds = 20;
const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * `botport --help`, from the start of the process to its end. What stands under it: Node with nothing to do, and npx
 * with a command that does nothing.
 */
const benchmark: Benchmark = {
  name: 'start-cli',
  what: `the start of the command, median of ${rounds}`,
  async run() {
    execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
    const project = projectWithPackage();
    try {
      const node = (name: string, ...args: string[]) => starting(name, project, process.execPath, args);
      const npx = (name: string, ...args: string[]) => starting(name, project, 'npx', ['--offline', ...args]);
      const contenders = [
        node('node', '--eval', '0'),
        node('package', 'node_modules/botport/bin/botport.js', '--help'),
        node('repository', path.join(root, 'bin/botport.js'), '--help'),
        npx('npx nothing', 'nothing'),
        npx('npx', 'botport', '--help'),
      ];
      for (const { action } of contenders) action();
      const times = await takeTurns(contenders);
      const of = (name: string) => times.get(name) ?? Number.NaN;
      return [
        figure('node with nothing to do', of('node'), 'ms', 'the least any command takes'),
        withGoal(figure('botport --help, installed', of('package'), 'ms'), 9, 'most', 300),
        withGoal(
          figure('botport --help, in the repository', of('repository'), 'ms', 'Node strips the types'),
          9,
          'most',
          300,
        ),
        figure('npx of a command that does nothing', of('npx nothing'), 'ms', 'npm itself'),
        figure('npx botport --help', of('npx'), 'ms'),
        withGoal(
          figure(
            'npx botport --help, less npx itself',
            of('npx') - of('npx nothing'),
            'ms',
            'what botport adds',
          ),
          9,
          'most',
          300,
        ),
      ];
    } finally {
      rmSync(project, { recursive: true });
    }
  },
};
export default benchmark;

/** A project that has the package, and a command that does nothing. */
function projectWithPackage(): string {
  const project = mkdtempSync(path.join(tmpdir(), 'botport-start-'));
  const modules = path.join(project, 'node_modules');
  mkdirSync(path.join(modules, '.bin'), { recursive: true });
  for (const name of ['bin', 'dist', 'package.json']) {
    cpSync(path.join(root, name), path.join(modules, 'botport', name), { recursive: true });
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(modules, 'botport/node_modules'));
  symlinkSync('../botport/bin/botport.js', path.join(modules, '.bin/botport'));
  writeFileSync(path.join(modules, '.bin/nothing'), '#!/usr/bin/env node\n', { mode: 0o755 });
  writeFileSync(path.join(project, 'package.json'), '{ "private": true }');
  return project;
}

function starting(name: string, cwd: string, program: string, args: string[]): Contender {
  return { name, rounds, action: () => execFileSync(program, args, { cwd, stdio: 'ignore' }) };
}
