import type { Generated } from 'kysely';

/**
 * The tables. Portable on purpose: ids and enumerations are text, moments are epoch milliseconds, structured
 * values are JSON as text (the owning module parses them with its own schema), bytes are blobs.
 */
export interface Database {
  accounts: AccountTable;
  apps: AppTable;
  app_bots: AppBotTable;
  uploads: UploadTable;
  upload_chunks: UploadChunkTable;
  segments: SegmentTable;
  snapshots: SnapshotTable;
  manifests: ManifestTable;
  outlines: OutlineTable;
  ingests: IngestTable;
  bots: BotTable;
  drafts: DraftTable;
  changes: ChangeTable;
  versions: VersionTable;
  import_requests: ImportRequestTable;
  recipes: RecipeTable;
  export_requests: ExportRequestTable;
  publish_requests: PublishRequestTable;
  ml_exports: MlExportTable;
  ml_export_chunks: MlExportChunkTable;
  collect_requests: CollectRequestTable;
  jobs: JobTable;
  webhooks: WebhookTable;
  webhook_events: WebhookEventTable;
  webhook_bots: WebhookBotTable;
  webhook_deliveries: WebhookDeliveryTable;
}

/** A tenant. The embedded server has one. */
export interface AccountTable {
  id: string;
  created_at: number;
}

/** A JWT client. */
export interface AppTable {
  client_id: string;
  account_id: string;
  name: string;
  kind: 'admin' | 'builder';
  algorithm: 'HS256' | 'HS512';
  /** The client secret, sealed with the data folder's key. */
  sealed_secret: string;
  /** JSON: machine names of scopes. */
  scopes: string;
  /** Whether it covers only the bots in `app_bots`; else every bot of the account. */
  limited: Generated<0 | 1>;
  /** The `u-…` id that stands as `createdBy` in what this app starts. */
  user_id: string;
  created_at: number;
  revoked_at: number | null;
}

/** A bot that an app is limited to. */
export interface AppBotTable {
  client_id: string;
  bot_id: string;
  /** Counts those that are there, from 0 without a gap, in the order of `bots.ordinal`; null: not there yet. */
  ordinal: number | null;
}

/** A file on its way in. Rows that are not complete are remains of a broken upload and removed at start. */
export interface UploadTable {
  id: string;
  account_id: string;
  file_name: string;
  size: number;
  sha1: string;
  complete: 0 | 1;
  created_by: string;
  created_at: number;
}

export interface UploadChunkTable {
  upload_id: string;
  ordinal: number;
  bytes: Uint8Array;
}

/** A run of text, compressed: see snapshots/segment.ts. */
export interface SegmentTable {
  digest: string;
  text_length: number;
  crc32: number;
  bytes: Uint8Array;
  /** The newest ingest that needs it: see snapshots/ingests.ts. 0 for those stored before there were such. */
  ingest: Generated<number>;
}

/**
 * An immutable stored bot. It is ready while it has a manifest, and frozen while it has a delta: see
 * snapshots/freeze.ts. It has one of them at least, and may have both.
 */
export interface SnapshotTable {
  id: Generated<number>;
  digest: string;
  created_at: number;
  /** Id of the snapshot the delta was made against. */
  base: Generated<number | null>;
  /** How many deltas at most stand upon each other to reach this one. */
  height: Generated<number>;
  /** See snapshots/delta.ts. */
  delta: Generated<Uint8Array | null>;
}

/** What a ready snapshot is made of: see snapshots/manifest.ts. */
export interface ManifestTable {
  /** Digest of the snapshot. */
  snapshot: string;
  /** Packed text: the manifest as JSON. */
  bytes: Uint8Array;
}

/** The outline of a ready snapshot: see snapshots/outline.ts. Those stored before there were such have none. */
export interface OutlineTable {
  snapshot: string;
  /** Packed text: digests of the segments it is in, as JSON. */
  bytes: Uint8Array;
}

/** An ingest that is under way: see snapshots/ingests.ts. */
export interface IngestTable {
  id: Generated<number>;
  request_id: string;
  created_at: number;
}

export interface BotTable {
  id: string;
  account_id: string;
  name: string;
  description: string;
  type: string;
  purpose: string;
  default_language: string;
  /** Digest of the snapshot that is the draft (`latest`). */
  draft: string;
  /** Number of the newest published version. */
  published: number | null;
  newest_export: string | null;
  newest_publish: string | null;
  created_by: string;
  /** Later than that of every bot of the account with a lower ordinal. */
  created_at: number;
  /** Counts the bots of an account from 0, without a gap. */
  ordinal: number;
}

/** A state the draft of a bot has had; the newest is the present one. */
export interface DraftTable {
  bot_id: string;
  number: number;
  /** Id of the snapshot. */
  snapshot: number;
  created_by: string;
  created_at: number;
}

/** Something that happened to a bot: see bots/changes.ts. */
export interface ChangeTable {
  bot_id: string;
  /** Counted from 1 for each bot. */
  number: number;
  kind: string;
  /** What it was about, such as the number of a draft or version. */
  detail: string | null;
  created_by: string;
  created_at: number;
}

/** A published version. */
export interface VersionTable {
  bot_id: string;
  number: number;
  snapshot: string;
  comment: string;
  created_by: string;
  created_at: number;
  /** No two versions of a bot have the same. */
  label: Generated<string | null>;
  /** A pinned version is never removed. */
  pinned: Generated<0 | 1>;
  /** Bytes of text and number of items; null: it was published before they were counted. */
  bytes: Generated<number | null>;
  items: Generated<number | null>;
}

export type RequestStatus = 'pending' | 'success' | 'failed';

export interface ImportRequestTable {
  id: string;
  account_id: string;
  /** The bot, once it is there as the import makes it. */
  bot_id: string | null;
  /** The bot it goes into; null: it makes a new one. */
  target: string | null;
  stream_ref_id: string;
  status: RequestStatus;
  /** JSON: what was asked for. */
  body: string;
  /** JSON: the status logs. */
  logs: string;
  /** JSON: why it failed. */
  failure: string | null;
  client_id: string;
  created_by: string;
  created_at: number;
  finished_at: number | null;
  /** Bytes and items of the definition that was taken in, once it is there. */
  done_bytes: number | null;
  done_items: number | null;
}

/** A recipe: see archives/recipe.ts. Exports of the same content to the same bot have it in common. */
export interface RecipeTable {
  digest: string;
  /** SHA-256 of the archive, hexadecimal, once somebody has asked for it. */
  sha256: string | null;
  bytes: Uint8Array;
}

export interface ExportRequestTable {
  id: string;
  bot_id: string;
  status: RequestStatus;
  export_type: 'latest' | 'published';
  /** JSON: what was asked for. */
  body: string;
  /** The snapshot the request is pinned to. */
  snapshot: string;
  /** 24 hexadecimal digits. */
  file_id: string;
  /** Name of the archive in its link: `f-<uuid>.zip`. */
  file_name: string;
  /** Name clients are to give the archive. */
  client_file_name: string;
  /** Digest of the recipe of the archive, once it is there; its runs are those of the snapshot. */
  recipe: string | null;
  /** Bytes of the archive. */
  size: number | null;
  failure: string | null;
  created_by: string;
  created_at: number;
  finished_at: number | null;
  /** Bytes of stored text the export went through and items it took of it, once it is there: its final progress. */
  done_bytes: number | null;
  done_items: number | null;
}

export interface PublishRequestTable {
  id: string;
  bot_id: string;
  status: RequestStatus;
  comment: string;
  snapshot: string;
  /** The version it made. */
  version: number | null;
  failure: string | null;
  created_by: string;
  created_at: number;
  finished_at: number | null;
}

/** An export of the utterances of a bot. */
export interface MlExportTable {
  /** Grows: the newest of a bot has the highest. */
  number: Generated<number>;
  id: string;
  bot_id: string;
  status: RequestStatus;
  file_type: 'csv' | 'json';
  /** The snapshot the request is pinned to. */
  snapshot: string;
  /** Name of the file in its link: `f-<uuid>.csv` or `.json`. */
  file_name: string;
  /** Name clients are to give the file. */
  client_file_name: string;
  /** Which chunks are the file, once it is there: a run that was broken off may have left others. */
  content: string | null;
  /** Bytes of the file. */
  size: number | null;
  /** SHA-256 of the file, hexadecimal. */
  sha256: string | null;
  failure: string | null;
  created_by: string;
  created_at: number;
  finished_at: number | null;
}

/** Bytes of an export of utterances; they go with it. */
export interface MlExportChunkTable {
  content: string;
  ordinal: number;
  /** The export. */
  number: number;
  bytes: Uint8Array;
}

/** A collection of what is no longer needed: see snapshots/collect.ts. */
export interface CollectRequestTable {
  id: string;
  status: RequestStatus;
  /** JSON: what was removed. */
  report: string | null;
  failure: string | null;
  created_at: number;
  finished_at: number | null;
}

/** One unit of background work; the row goes when the work is done. See jobs/runner.ts. */
export interface JobTable {
  id: Generated<number>;
  kind: string;
  request_id: string;
  attempts: number;
  /** Not before this moment. */
  run_at: number;
  /** Token of the worker that holds the job. */
  lease: string | null;
  lease_until: number | null;
}

/** Where an app wants to hear how requests end: see docs/webhooks.md. */
export interface WebhookTable {
  id: string;
  /** The app that made it: it hears only of what that app may see. */
  client_id: string;
  url: string;
  /** The signing secret, sealed with the data folder's key. */
  sealed_secret: string;
  /** Whether it hears only of the bots in `webhook_bots`; else of every bot its app covers. */
  limited: 0 | 1;
  created_at: number;
  /** Since when nothing has been taken; null: what was sent last was. */
  failing_since: number | null;
  /** When it was given up. */
  disabled_at: number | null;
}

/** An event a webhook listens to. */
export interface WebhookEventTable {
  webhook_id: string;
  event: string;
}

/** A bot that a webhook is limited to. */
export interface WebhookBotTable {
  webhook_id: string;
  bot_id: string;
}

/** A message that is, or was, to be sent to a webhook. */
export interface WebhookDeliveryTable {
  /** Counts deliveries in the order in which they were written. */
  number: Generated<number>;
  webhook_id: string;
  /** The same for every webhook the message goes to. */
  message_id: string;
  event: string;
  /** JSON: what is sent. */
  body: string;
  status: RequestStatus;
  attempts: number;
  /** When it is to be sent; null once it has ended. */
  due_at: number | null;
  /** What the last attempt came to. */
  outcome: string | null;
  created_at: number;
  /** When the last attempt ended. */
  attempted_at: number | null;
}
