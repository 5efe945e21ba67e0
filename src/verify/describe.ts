import { visible } from '../visible.ts';
import type { Finding } from './finding.ts';
import type { Verification } from './verify.ts';

/** Most findings of one severity that are listed. */
const mostListed = 50;

/** What a verification found, as lines of text. */
export function describeVerification({ path, kind, whole, sha256, findings }: Verification): string[] {
  const bySeverity = Map.groupBy(findings, ({ severity }) => severity);
  return [
    `${path}${kind === null ? '' : ` (${kind})`}: ${whole ? 'whole' : 'not whole'}`,
    ...(sha256 === null ? [] : [`  sha256   ${sha256}`]),
    ...[...bySeverity.values()].flatMap(listed),
  ];
}

function listed(findings: Finding[]): string[] {
  const lines = findings
    .slice(0, mostListed)
    .map(({ severity, place, words }) => `  ${severity.padEnd(7)}  ${visible(`${place}: ${words}`)}`);
  const more = findings.length - lines.length;
  return more === 0 ? lines : [...lines, `  … and ${more} more of these; --json lists them all`];
}
