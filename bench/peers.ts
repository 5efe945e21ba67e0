import { execFileSync } from 'node:child_process';
import { closeSync, fsyncSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';

/*
 * What a shell script does: jq and zip.
 */

export function hasJqAndZip(): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v jq && command -v zip'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Runs a jq program over a definition, puts the result in an archive and waits until that is on the disk. */
export function jqAndZip(definition: string, to: string, program = '.'): void {
  rmSync(to, { force: true });
  const script = 'jq --indent 4 "$1" "$0" | zip -9 -q "$2" - && sync "$2"';
  execFileSync('sh', ['-c', script, definition, program, to]);
}

/** What a jq program makes of a definition. */
export function jq(definition: string, program: string): unknown {
  const maxBuffer = 2 * statSync(definition).size;
  return JSON.parse(execFileSync('jq', ['-c', program, definition], { encoding: 'utf8', maxBuffer }));
}

/** What a server does that keeps definitions as JSON: the whole work for each export. */
export function parseSerialiseCompress(definition: string, to: string): void {
  const text = JSON.stringify(JSON.parse(readFileSync(definition, 'utf8')), null, 4);
  const file = openSync(to, 'w');
  writeFileSync(file, deflateRawSync(text, { level: 9 }));
  fsyncSync(file);
  closeSync(file);
}
