import { isUtf8 } from 'node:buffer';
import { Script } from 'node:vm';
import type { BotMember } from '../definition/layout.ts';
import type { LocalBot } from '../local/local-bot.ts';
import { layOutConfig } from '../snapshots/ingest.ts';
import { type Finding, finding, findingOf } from './finding.ts';

/** What is wrong with the files beside the definition. */
export function sideFileFaults({ config, icon, scripts }: LocalBot): Finding[] {
  return [
    ...(config ? configFaults(config) : []),
    ...(icon ? iconFaults(icon) : []),
    ...scripts.flatMap(scriptFaults),
  ];
}

function configFaults({ name, content }: BotMember): Finding[] {
  try {
    layOutConfig(content);
    return [];
  } catch (error) {
    return [findingOf(name, error)];
  }
}

/** What images begin with: PNG, JPEG, GIF, WebP. */
const imageStarts = ['89504e470d0a1a0a', 'ffd8ff', '47494638', '52494646'];

function iconFaults({ name, content }: BotMember): Finding[] {
  const start = content.subarray(0, 8).toString('hex');
  return imageStarts.some((one) => start.startsWith(one)) ? [] : [finding('error', name, 'is no image')];
}

function scriptFaults({ name, content }: BotMember): Finding[] {
  if (!isUtf8(content)) return [finding('error', name, 'is not UTF-8')];
  try {
    // Only parsed; nothing of it is run.
    new Script(content.toString('utf8'));
    return [];
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return [finding('warning', name, `does not parse as JavaScript: ${error.message}`)];
  }
}
