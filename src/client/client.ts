import { type BotsClient, botsClient } from './bots.ts';
import { type ChangeLogsClient, changeLogsClient } from './change-logs.ts';
import { type DiffsClient, diffsClient } from './diffs.ts';
import { type DownloadsClient, downloadsClient } from './downloads.ts';
import { type EventsClient, eventsClient } from './events.ts';
import { type ExportsClient, exportsClient } from './exports.ts';
import { type FilesClient, filesClient } from './files.ts';
import { type HostClient, hostClient } from './host.ts';
import { type ImportsClient, importsClient } from './imports.ts';
import { type PublishingClient, publishingClient } from './publishing.ts';
import { createTransport, type TransportOptions } from './transport.ts';
import { type UtterancesClient, utterancesClient } from './utterances.ts';
import { type VariablesClient, variablesClient } from './variables.ts';
import { type VersionsClient, versionsClient } from './versions.ts';
import { type WebhooksClient, webhooksClient } from './webhooks.ts';

export type ClientOptions = TransportOptions;

/** A client of one host: a member for each kind of thing the API has. Every call throws `ClientError`. */
export interface Client {
  readonly bots: BotsClient;
  readonly files: FilesClient;
  readonly imports: ImportsClient;
  readonly exports: ExportsClient;
  readonly downloads: DownloadsClient;
  readonly publishing: PublishingClient;
  readonly versions: VersionsClient;
  readonly variables: VariablesClient;
  readonly diffs: DiffsClient;
  readonly utterances: UtterancesClient;
  readonly changeLogs: ChangeLogsClient;
  readonly events: EventsClient;
  readonly webhooks: WebhooksClient;
  readonly host: HostClient;
}

/**
 * A client of the Bot Export API: of a Botport server, or of any other host that speaks it.
 *
 * @example
 * ```ts
 * const client = createClient({ host, token: appTokens({ clientId, clientSecret }) });
 * const { _id } = await client.exports.start(botId, { exportType: 'latest' });
 * await client.downloads.toFile({
 *   file: 'bot.zip',
 *   from: (call) => client.exports.wait(botId, { id: _id, ...call }),
 * });
 * ```
 */
export function createClient(options: ClientOptions): Client {
  const transport = createTransport(options);
  return {
    bots: botsClient(transport),
    files: filesClient(transport),
    imports: importsClient(transport),
    exports: exportsClient(transport),
    downloads: downloadsClient(transport),
    publishing: publishingClient(transport),
    versions: versionsClient(transport),
    variables: variablesClient(transport),
    diffs: diffsClient(transport),
    utterances: utterancesClient(transport),
    changeLogs: changeLogsClient(transport),
    events: eventsClient(transport),
    webhooks: webhooksClient(transport),
    host: hostClient(transport),
  };
}
