import type { Caller } from '../auth/caller.ts';
import type { RequestFailure } from '../failure.ts';

export interface PublishBody {
  versionComment: string;
  initiateTraining?: boolean | undefined;
}

/** One thing a publish takes along. */
export interface PublishedResource {
  /** `dialog`, `NL`, `CHANNELS`, `EXTENSIONS`, `SETTINGS` or `BOTLANGUAGES`. */
  type: string;
  id: string;
  name: string;
}

export interface PublishRecord {
  id: string;
  botId: string;
  status: 'pending' | 'success' | 'failed';
  comment: string;
  /** The version it made, once it is there. */
  version: number | null;
  resources: PublishedResource[];
  languages: string[];
  failure: RequestFailure | null;
  createdBy: string;
  /** Epoch milliseconds. */
  createdAt: number;
  finishedAt: number | null;
}

export interface Publishing {
  /** Takes the publishing of the draft on; it is durable when this returns. */
  request(caller: Caller, botId: string, body: PublishBody): Promise<PublishRecord>;
  /** The bot's newest publish request. Throws `no_publish`. */
  newest(botId: string): Promise<PublishRecord>;
}
