import { randomUUID } from 'node:crypto';
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Botport } from '../botport.ts';
import { BotportError } from '../errors.ts';
import type { App } from './app.ts';
import { readBodies } from './bodies.ts';
import { listChangeLogs } from './bots/change-logs.ts';
import { listDrafts } from './bots/drafts.ts';
import { linkedAppsOf } from './bots/linked-apps.ts';
import { listBots } from './bots/list.ts';
import { rollBackBot } from './bots/rollback.ts';
import { changeVersion, deleteVersion, listVersions } from './bots/versions.ts';
import { dropUnreadBodies } from './connections.ts';
import { compareBots } from './diffs/diff.ts';
import { Followers } from './events/followers.ts';
import { downloadArchive } from './exports/download.ts';
import { explainExport, planExport } from './exports/explain.ts';
import { followExport } from './exports/follow.ts';
import { startExport, startOwnExport } from './exports/start.ts';
import { exportStatusOf } from './exports/status.ts';
import { answerFailure } from './failures.ts';
import { createGate, type Gate } from './gate.ts';
import { followImport } from './imports/follow.ts';
import { importFunctions } from './imports/functions.ts';
import { planImport } from './imports/plan.ts';
import { startImport, startImportInto, startOwnImport, startOwnImportInto } from './imports/start.ts';
import { importStatusOf, ownImportStatusOf } from './imports/status.ts';
import { loggerOptions, logRequests } from './logging.ts';
import { acceptEveryMethod, collectPaths, refuseOtherMethods } from './methods.ts';
import { describeApi } from './openapi.ts';
import { followPublish } from './publishing/follow.ts';
import { startPublish } from './publishing/start.ts';
import { ownPublishStatusOf, publishStatusOf } from './publishing/status.ts';
import { createRateLimits, registerRateLimit } from './rate-limits.ts';
import { secureReplies } from './security.ts';
import { stopInOrder } from './shutdown.ts';
import { document } from './system/document.ts';
import { health } from './system/health.ts';
import { uploadFile } from './uploads/upload.ts';
import { canonicalUrl } from './urls.ts';
import { startUtteranceExport } from './utterances/start.ts';
import { utteranceExportStatusOf } from './utterances/status.ts';
import { validatorCompiler } from './validation.ts';
import { exportVariables } from './variables/export.ts';
import { importVariables } from './variables/import.ts';
import { deliveriesOf } from './webhooks/deliveries.ts';
import { listWebhooks, showWebhook } from './webhooks/list.ts';
import { makeWebhook } from './webhooks/make.ts';
import { testWebhook } from './webhooks/ping.ts';
import { removeWebhook } from './webhooks/remove.ts';

/**
 * The server over the use cases; call `listen` on it. It logs to `logger`, made with `loggerOptions`, or else to
 * standard output.
 *
 * A request is judged in this order: path and method, token, bot of the app, scope, bot, rate limit, body, values.
 */
export function createServer(botport: Botport, logger?: FastifyBaseLogger): FastifyInstance {
  const { config } = botport;
  const app: App = fastify({
    ...(logger === undefined ? { logger: loggerOptions(config.logLevel) } : { loggerInstance: logger }),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: config.maxBody,
    rewriteUrl: ({ url = '/' }) => canonicalUrl(url),
    // HEAD is offered where it is listed, and 405 elsewhere.
    exposeHeadRoutes: false,
    return503OnClosing: false,
    // Against slow clients: a connection may be silent for so long, and headers take so long to arrive. An upload as
    // a whole may take its time.
    connectionTimeout: 120_000,
    http: { headersTimeout: 30_000 },
    // Longer than any path Node lets in: the use case answers what a too long id deserves.
    routerOptions: { maxParamLength: 16_384 },
  }).withTypeProvider<ZodTypeProvider>();

  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerFailure);
  app.setNotFoundHandler(refuseUnknownPath);

  acceptEveryMethod(app);
  const paths = collectPaths(app);
  logRequests(app);
  secureReplies(app);
  const stopping = stopInOrder(app);
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.is404) done(new BotportError('not_found'));
    else done();
  });
  dropUnreadBodies(app);
  describeApi(app);
  registerRateLimit(app);
  app.register(async (scope: App) => {
    const gate = createGate(botport, createRateLimits(scope, config.rateLimit));
    addEndpoints(scope, botport, gate, stopping);
  });
  refuseOtherMethods(app, paths);
  return app;
}

function refuseUnknownPath(): never {
  throw new BotportError('not_found');
}

/** One scope for each way of reading bodies. */
function addEndpoints(app: App, botport: Botport, gate: Gate, stopping: AbortSignal): void {
  const following = { followers: new Followers(), stopping };
  health(app);
  document(app);
  downloadArchive(app, botport);
  app.register(async (scope: App) => {
    uploadFile(scope, botport, gate);
  });
  app.register(async (scope: App) => {
    readBodies(scope, { forms: true });
    startImport(scope, botport, gate);
    startOwnImport(scope, botport, gate);
    startImportInto(scope, botport, gate);
    startOwnImportInto(scope, botport, gate);
    planImport(scope, botport, gate);
  });
  app.register(async (scope: App) => {
    readBodies(scope, { forms: false });
    importStatusOf(scope, botport, gate);
    ownImportStatusOf(scope, botport, gate);
    followImport(scope, botport, gate, following);
    startPublish(scope, botport, gate);
    publishStatusOf(scope, botport, gate);
    ownPublishStatusOf(scope, botport, gate);
    followPublish(scope, botport, gate, following);
    startExport(scope, botport, gate);
    startOwnExport(scope, botport, gate);
    exportStatusOf(scope, botport, gate, stopping);
    explainExport(scope, botport, gate);
    followExport(scope, botport, gate, following);
    planExport(scope, botport, gate);
    listBots(scope, botport, gate);
    listDrafts(scope, botport, gate);
    rollBackBot(scope, botport, gate);
    makeWebhook(scope, botport, gate);
    listWebhooks(scope, botport, gate);
    showWebhook(scope, botport, gate);
    removeWebhook(scope, botport, gate);
    testWebhook(scope, botport, gate);
    deliveriesOf(scope, botport, gate);
    compareBots(scope, botport, gate);
    linkedAppsOf(scope, botport, gate);
    importFunctions(scope, botport, gate);
    exportVariables(scope, botport, gate);
    importVariables(scope, botport, gate);
    startUtteranceExport(scope, botport, gate);
    utteranceExportStatusOf(scope, botport, gate, stopping);
    listVersions(scope, botport, gate);
    changeVersion(scope, botport, gate);
    deleteVersion(scope, botport, gate);
    listChangeLogs(scope, botport, gate);
  });
}
