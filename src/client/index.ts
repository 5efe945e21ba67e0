/** The SDK: a client for hosts that speak the Bot Export API. It depends on nothing of the server. */
export type { BotsClient } from './bots.ts';
export { type Client, type ClientOptions, createClient } from './client.ts';
export type { DiffsClient } from './diffs.ts';
export type { Download, DownloadsClient } from './downloads.ts';
export { ClientError, type ClientErrorFacts, type ClientErrorName } from './errors.ts';
export type { ExportBody, ExportsClient, FinishedExport } from './exports.ts';
export type { FilesClient } from './files.ts';
export type { ImportChoice, ImportFiles, ImportsClient, NewBot } from './imports.ts';
export type { PublishingClient } from './publishing.ts';
export type * from './replies.ts';
export type { RetryOptions } from './retry.ts';
export { type Algorithm, appTokens, makeToken, type TokenOptions } from './token.ts';
export type { CallOptions } from './transport.ts';
export type { VariablesClient } from './variables.ts';
export type { VersionsClient } from './versions.ts';
export type { WaitOptions } from './wait.ts';
