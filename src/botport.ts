import type { Apps } from './auth/apps.ts';
import type { Bots } from './bots/bots.ts';
import type { Config } from './config.ts';
import type { Exports } from './exports/exports.ts';
import type { Imports } from './imports/imports.ts';
import type { Uploads } from './imports/uploads.ts';
import type { Publishing } from './publishing/publishing.ts';

/** Everything the HTTP layer and the commands call: one member per folder of use cases. */
export interface Botport {
  readonly config: Config;
  readonly apps: Apps;
  readonly bots: Bots;
  readonly uploads: Uploads;
  readonly imports: Imports;
  readonly exports: Exports;
  readonly publishing: Publishing;
  /** Lets running jobs finish (10 s at most), then closes the store. */
  close(): Promise<void>;
}
