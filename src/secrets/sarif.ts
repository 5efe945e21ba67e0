import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Log, PhysicalLocation, Result } from 'sarif';
import { masked } from '../definition/secrets/finding.ts';
import { type SecretKind, secretKinds } from '../definition/secrets/kinds.ts';
import { placeId } from './baseline.ts';
import { printable } from './report.ts';
import type { ScannedBot } from './scan-path.ts';

/**
 * What a scan found as SARIF 2.1.0 (OASIS Standard, 27 March 2020), which code hosts show beside the lines of a change.
 * Files on disk are given relative to the folder the command runs in; a member of an archive by its name, within the
 * archive.
 */
export function reportSarif(bots: readonly ScannedBot[], version: string, folder: string): Log {
  const used = new Set<SecretKind>(bots.flatMap(({ findings }) => findings.map(({ kind }) => kind)));
  const kinds = [...used].sort();
  const artifacts = new Artifacts(folder);
  const results = bots.flatMap((bot) =>
    bot.findings.map((finding): Result => {
      const { kind, severity, place, value, location } = finding;
      const artifactLocation = artifacts.locationOf(bot, location.file);
      const physicalLocation: PhysicalLocation = {
        artifactLocation,
        region: { startLine: location.line, startColumn: location.column },
      };
      return {
        ruleId: kind,
        ruleIndex: kinds.indexOf(kind),
        level: severity,
        message: { text: `${secretKinds[kind]}: ${printable(place.words)}, ${masked(value)}` },
        locations: [
          { physicalLocation, logicalLocations: [{ fullyQualifiedName: `${place.member}${place.pointer}` }] },
        ],
        partialFingerprints: { 'botportSecret/v1': placeId(finding) },
      };
    }),
  );
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'botport',
            semanticVersion: version,
            rules: kinds.map((id) => ({
              id,
              shortDescription: { text: secretKinds[id] },
              help: { text: 'docs/secrets.md says what this kind is, and what to do about a finding.' },
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        artifacts: artifacts.list,
        results,
      },
    ],
  };
}

/** The files of a run, each once; the members of an archive say which one they are in. */
class Artifacts {
  readonly list: NonNullable<Log['runs'][number]['artifacts']> = [];
  readonly #known = new Map<string, number>();
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  locationOf({ path: bot, form }: ScannedBot, file: string): { uri: string; index: number } {
    if (form !== 'archive') return this.#add(uriOf(file, this.#folder), undefined);
    const archive = this.#add(uriOf(bot, this.#folder), undefined);
    return this.#add(encodeURIComponent(file), archive.index);
  }

  #add(uri: string, parentIndex: number | undefined): { uri: string; index: number } {
    const key = JSON.stringify([uri, parentIndex]);
    const index = this.#known.get(key) ?? this.list.length;
    if (index === this.list.length) {
      this.#known.set(key, index);
      this.list.push({ location: { uri }, ...(parentIndex === undefined ? {} : { parentIndex }) });
    }
    return { uri, index };
  }
}

/** Relative to the folder where it is in there; the separator is that of URLs. */
function uriOf(file: string, folder: string): string {
  const relative = path.relative(folder, path.resolve(folder, file));
  if (relative.startsWith('..') || path.isAbsolute(relative)) {
    return pathToFileURL(path.resolve(folder, file)).href;
  }
  return relative.split(path.sep).map(encodeURIComponent).join('/');
}
