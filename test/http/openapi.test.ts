import { expect, test } from 'vitest';
import { z } from 'zod';
import { errors } from '../../src/errors.ts';
import { run } from './fake.ts';

interface Operation {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  security?: unknown[];
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, Content> };
  responses: Record<string, { description: string; content?: Record<string, Content> }>;
}

interface Content {
  schema: Record<string, unknown>;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}

interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { securitySchemes: Record<string, unknown> };
}

async function load(): Promise<Document> {
  const { ask } = await run();
  return (await (await ask('/openapi.json', { token: null })).json()) as Document;
}

const endpoints = [
  'POST /api/public/uploadfile',
  'POST /api/public/bot/import',
  'GET /api/public/bot/import/status/{requestId}',
  'POST /api/public/bot/{botId}/publish',
  'GET /api/public/bot/{botId}/publish/status',
  'POST /api/public/bot/{botId}/export',
  'GET /api/public/bot/{botId}/export/status',
  'GET /api/getMediaStream/market/{fileName}',
  'GET /api/public/bots',
  'GET /api/v1/publishes/{requestId}',
  'GET /api/v1/publishes/{requestId}/events',
  'POST /api/v1/webhooks',
  'GET /api/v1/webhooks',
  'GET /api/v1/webhooks/{webhookId}',
  'DELETE /api/v1/webhooks/{webhookId}',
  'POST /api/v1/webhooks/{webhookId}/test',
  'GET /api/v1/webhooks/{webhookId}/deliveries',
  'POST /api/v1/imports',
  'GET /api/v1/imports/{requestId}',
  'GET /api/v1/imports/{requestId}/events',
  'GET /api/v1/exports/{exportId}',
  'GET /api/v1/exports/{exportId}/events',
  'POST /api/v1/bots/{botId}/export-plans',
  'POST /api/v1/bots/{botId}/exports',
  'POST /api/public/bot/{botId}/import',
  'POST /api/v1/bots/{botId}/imports',
  'POST /api/v1/bots/{botId}/import-plans',
  'POST /api/v1/bots/{botId}/rollback',
  'GET /api/v1/bots/{botId}/drafts',
  'GET /api/v1/diff',
  'POST /api/public/bot/{botId}/import/botfunctions',
  'POST /api/public/builder/bot/{botId}/variables/export',
  'POST /api/public/builder/bot/{botId}/variables/import',
  'POST /api/public/bot/{botId}/mlexport',
  'GET /api/public/bot/{botId}/mlexport/status',
  'GET /api/public/bot/{botId}/universalbot/link',
  'GET /api/v1/bots/{botId}/versions',
  'PATCH /api/v1/bots/{botId}/versions/{number}',
  'DELETE /api/v1/bots/{botId}/versions/{number}',
  'GET /api/public/bot/{botId}/changelogs',
  'GET /healthz',
  'GET /openapi.json',
];

test('the document is OpenAPI 3.1 and has every endpoint', async () => {
  const document = await load();
  expect(document.openapi).toBe('3.1.0');
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(operations.sort()).toEqual(endpoints.toSorted());
});

test('every endpoint is described, with its parameters, replies, failures and need of a token', async () => {
  const document = await load();
  expect(document.components.securitySchemes).toMatchObject({
    token: { type: 'apiKey', in: 'header', name: 'auth' },
  });
  const names = new Set<string>();
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      names.add(operation.operationId);
      expect(operation).toMatchObject({ summary: expect.any(String), description: expect.any(String) });
      expect(operation.tags).toHaveLength(1);
      const parameters = (operation.parameters ?? [])
        .filter((one) => one.in === 'path')
        .map((one) => one.name);
      expect(parameters).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['200', '405', '500', '503']));
      const guarded = /^\/api\/(public|v1)\//.test(path);
      expect(operation.security !== undefined).toBe(guarded);
      if (guarded) expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['401', '429']));
      const takesBody = (method === 'post' && !path.endsWith('/test')) || method === 'patch';
      expect(operation.requestBody !== undefined).toBe(takesBody);
    }
  }
  expect(names.size).toBe(endpoints.length);
});

test('the failures are those of the registry', async () => {
  const document = await load();
  const start = document.paths['/api/public/bot/{botId}/export']?.post;
  expect(start?.responses['400']?.description).toContain(errors.nothing_selected.when);
  expect(start?.responses['412']?.description).toContain(errors.invalid_arguments.when);
  expect(JSON.stringify(start?.responses['401'])).toContain('Permission denied. Scope is incorrect!');
});

test('request bodies are described as clients send them', async () => {
  const document = await load();
  const start = document.paths['/api/public/bot/{botId}/export']?.post?.requestBody?.content ?? {};
  expect(start['application/json']?.schema).toMatchObject({
    required: ['exportType'],
    properties: { exportType: { enum: ['latest', 'published'] } },
  });
  expect(JSON.stringify(start)).toContain('IncludeDependentTasks');
  expect(JSON.stringify(start)).toContain('ignoreEnvironmentVariables');
  const imports = document.paths['/api/public/bot/import']?.post?.requestBody?.content ?? {};
  expect(Object.keys(imports)).toEqual(['application/json', 'application/x-www-form-urlencoded']);
  const upload = document.paths['/api/public/uploadfile']?.post?.requestBody?.content ?? {};
  expect(upload['multipart/form-data']?.schema).toMatchObject({ properties: { file: { format: 'binary' } } });
});

test('every example is one its schema allows', async () => {
  const document = await load();
  let examples = 0;
  for (const operation of Object.values(document.paths).flatMap((item) => Object.values(item))) {
    const contents = [operation.requestBody, ...Object.values(operation.responses)].flatMap((one) =>
      Object.values(one?.content ?? {}),
    );
    for (const { schema, example, examples: several = {} } of contents) {
      const check = z.fromJSONSchema(schema);
      for (const one of [example, ...Object.values(several).map(({ value }) => value)]) {
        if (one === undefined) continue;
        examples++;
        expect(check.safeParse(one)).toMatchObject({ success: true });
      }
    }
  }
  expect(examples).toBeGreaterThan(50);
});

test('the page and all it loads come from the server itself', async () => {
  const { ask } = await run();
  for (const page of ['/docs', '/docs/']) {
    const reply = await ask(page, { token: null });
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-security-policy')).toContain("script-src 'self'");
    const html = await reply.text();
    const assets = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, asset]) => asset ?? '');
    expect(assets.length).toBeGreaterThan(4);
    for (const asset of assets) {
      const { pathname, origin } = new URL(asset, `http://here${page}`);
      expect(origin).toBe('http://here');
      const loaded = await ask(pathname, { token: null });
      expect([pathname, loaded.status]).toEqual([pathname, 200]);
      await loaded.arrayBuffer();
    }
  }
  const settings = await (await ask('/docs/static/swagger-initializer.js')).text();
  expect(settings).toContain('"validatorUrl":null');
  expect((await ask('/docs/json')).status).toBe(200);
});

test('health says ok and nothing else', async () => {
  const { ask } = await run();
  const reply = await ask('/healthz', { token: null });
  expect([reply.status, await reply.text()]).toEqual([200, '{"status":"ok"}']);
});
