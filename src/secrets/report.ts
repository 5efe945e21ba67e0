import { masked } from '../definition/secrets/finding.ts';
import { placeId } from './baseline.ts';
import type { ScannedBot } from './scan-path.ts';

/** What a scan found, for people. Never shows a secret. */
export function reportText(bots: readonly ScannedBot[], accepted: number): string {
  const lines = bots.flatMap(({ path, findings }) => [
    ...(findings.length > 0 ? [path] : []),
    ...findings.flatMap(({ kind, severity, place, value, location }) => [
      `  ${severity.padEnd(7)}  ${kind}: ${printable(place.words)}`,
      `           ${masked(value)}  ${location.file}:${location.line}:${location.column}`,
    ]),
  ]);
  const all = bots.flatMap(({ findings }) => findings);
  const errors = all.filter(({ severity }) => severity === 'error').length;
  const count =
    all.length === 0
      ? 'no secrets found'
      : `${counted(errors, 'error')}, ${counted(all.length - errors, 'warning')}`;
  return [...lines, `${count}${accepted > 0 ? `; ${accepted} accepted by the baseline` : ''}`].join('\n');
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** Names come from the bot: no line break and no control sequence of a terminal gets through. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}

/** The same for programs. */
export function reportJson(bots: readonly ScannedBot[], accepted: number) {
  return {
    bots: bots.map(({ path, findings }) => ({
      path,
      findings: findings.map(({ kind, severity, name, place, value, location }) => ({
        kind,
        severity,
        place: place.words,
        ...(name === undefined ? {} : { name }),
        member: place.member,
        pointer: place.pointer,
        ...location,
        secret: masked(value),
        id: placeId({ kind, place }),
      })),
    })),
    accepted,
  };
}
