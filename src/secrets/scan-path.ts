import path from 'node:path';
import type { ExplodedFiles } from '../definition/layout.ts';
import type { Finding } from '../definition/secrets/finding.ts';
import { scanBot } from '../definition/secrets/scan.ts';
import { readFolder } from '../exploded/read-folder.ts';
import type { LocalKind } from '../local/local-bot.ts';
import { kindOf, readLocalBot } from '../local/read-bot.ts';
import { fileLocator } from './locate.ts';

/** Where somebody opens a finding. */
export interface Location {
  /** A file on disk; for an archive the name of its member. */
  file: string;
  line: number;
  column: number;
}

/** A bot on disk, and the secrets in it. */
export interface ScannedBot {
  path: string;
  form: LocalKind;
  findings: (Finding & { location: Location })[];
}

/** Scans a bot in any of its forms. Throws what `readLocalBot` throws, and `json_…`. */
export async function scanPath(place: string, limits: { maxUnpacked: number }): Promise<ScannedBot> {
  const form = kindOf(place);
  const { members } = await readLocalBot(place, limits);
  const findings = scanBot(members);
  const locate = locatorOf(place, form, findings.length > 0 ? limits : undefined);
  return { path: place, form, findings: findings.map((one) => ({ ...one, location: locate(one) })) };
}

function locatorOf(
  place: string,
  form: LocalKind,
  limits: { maxUnpacked: number } | undefined,
): (finding: Finding) => Location {
  const asIs = ({ place: { member, line, column } }: Finding, file = member) => ({ file, line, column });
  if (form === 'archive') return (finding) => asIs(finding);
  if (form === 'definition') return (finding) => asIs(finding, place);
  const inFolder = (location: Location) => ({ ...location, file: path.join(place, location.file) });
  if (form === 'folder' || !limits) return (finding) => inFolder(asIs(finding));
  const files: ExplodedFiles = readFolder(place, limits.maxUnpacked);
  const inFiles = fileLocator(files);
  return (finding) => inFolder(inFiles(finding) ?? asIs(finding));
}
