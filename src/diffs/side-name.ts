import { BotportError } from '../errors.ts';
import { isHexId } from '../ids.ts';

/** What a caller names as one side of a difference. */
export type SideName =
  | { kind: 'draft' | 'version'; botId: string; number: number | undefined }
  | { kind: 'export'; exportId: string }
  | { kind: 'file'; fileId: string };

const stateShape = /^(draft|version):(st-[0-9a-zA-Z-]{1,64})(?:@([1-9]\d{0,8}))?$/;
const exportShape = /^export:(ber-[0-9a-zA-Z-]{1,64})$/;

/**
 * Reads `draft:st-…`, `draft:st-…@3`, `version:st-…`, `version:st-…@2`, `export:ber-…` and `file:…`.
 *
 * @throws `invalid_side`
 */
export function readSideName(text: string): SideName {
  const [, kind, botId, number] = stateShape.exec(text) ?? [];
  if ((kind === 'draft' || kind === 'version') && botId !== undefined) {
    return { kind, botId, number: number === undefined ? undefined : Number(number) };
  }
  const [, exportId] = exportShape.exec(text) ?? [];
  if (exportId !== undefined) return { kind: 'export', exportId };
  const fileId = text.startsWith('file:') ? text.slice('file:'.length) : '';
  if (isHexId(fileId)) return { kind: 'file', fileId };
  throw new BotportError('invalid_side', text.slice(0, 100));
}
