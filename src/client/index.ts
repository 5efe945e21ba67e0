/** The SDK: a client for hosts that speak the Bot Export API. It depends on nothing of the server. */
export type { BotsClient } from './bots.ts';
export type { ChangeLogsClient, ChangePage } from './change-logs.ts';
export { type Client, type ClientOptions, createClient } from './client.ts';
export { type ConnectionOptions, createConnection } from './connection.ts';
export type { DiffsClient } from './diffs.ts';
export type {
  Download,
  DownloadsClient,
  Link,
  OpenOptions,
  SavedFile,
  ToFileOptions,
} from './downloads.ts';
export { ClientError, type ClientErrorFacts, type ClientErrorName } from './errors.ts';
export type { EndedRequest, EventsClient, RequestEvent, RequestKind } from './events.ts';
export type { ExportBody, ExportsClient, FinishedExport } from './exports.ts';
export type { FilesClient } from './files.ts';
export type { HostClient } from './host.ts';
export type { FunctionFile, ImportChoice, ImportFiles, ImportsClient, NewBot } from './imports.ts';
export type { PublishingClient } from './publishing.ts';
export type * from './replies.ts';
export type { RetryOptions } from './retry.ts';
export { type Algorithm, appTokens, makeToken, type TokenOptions, type TokenSource } from './token.ts';
export type { CallOptions } from './transport.ts';
export type { UtteranceChoice, UtterancesClient } from './utterances.ts';
export type { VariablesClient } from './variables.ts';
export type { VersionsClient } from './versions.ts';
export type { WaitOptions } from './wait.ts';
export type { NewWebhook, WebhookEvent, WebhooksClient } from './webhooks.ts';
