#!/usr/bin/env node
// The launcher: plain JavaScript, so that an old Node can still read it and be told what to do.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
const supported = major > 22 || (major === 22 && minor >= 18);
// `npm ci` brings a current Node along as a development dependency.
const carried = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));

if (supported) {
  // The repository has the sources, which Node runs as they are; a package has what `npm run build` made of them.
  const source = new URL('../src/cli/main.ts', import.meta.url);
  await import(existsSync(source) ? source : new URL('../dist/cli/main.js', import.meta.url));
} else if (existsSync(carried)) {
  const own = [...process.execArgv, fileURLToPath(import.meta.url)];
  const child = spawn(carried, [...own, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 1));
} else {
  console.error(
    `Botport needs Node.js 22.18 or newer; this is ${process.version}. Install a newer Node.js and try again.`,
  );
  process.exit(1);
}
