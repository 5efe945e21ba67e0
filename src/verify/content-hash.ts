import { contentHash, storedText } from '../exports/section-text.ts';
import { parseSlice, sliceObject } from '../json/slices.ts';
import type { LocalSnapshot } from '../local/snapshot.ts';
import { SnapshotRuns } from '../snapshots/runs.ts';

/** What an export says of itself in the definition. */
export interface ExportEcho {
  encryptedHash: unknown;
  exportOptions: unknown;
}

/** Reads what an export wrote anew; of a definition that is well-formed. */
export function readEcho(name: string, content: Buffer): ExportEcho {
  const text = content.toString('utf8');
  const { members } = sliceObject(text, name);
  const read = (key: string): unknown => {
    const member = members.find((one) => one.key === key);
    return member && parseSlice(text.slice(member.start, member.end), name);
  };
  return { encryptedHash: read('encryptedHash'), exportOptions: read('exportOptions') };
}

/** The `encryptedHash` that a Botport host writes into an export with this content (docs/compatibility.md). */
export function hashOf({ manifest }: LocalSnapshot): string {
  const runs = SnapshotRuns.of(manifest);
  return contentHash(
    manifest.sections.flatMap(({ key, count, content }) =>
      content ? [{ key, text: storedText(content, count, runs) }] : [],
    ),
  );
}
