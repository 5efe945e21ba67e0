import { loadConfig } from '../../src/config.ts';
import { serve } from '../../src/serve.ts';

// A server that collects all the time and keeps as little as it can: more often than its settings would let it.
const { url } = await serve({
  ...loadConfig(process.env),
  port: 0,
  logLevel: 'fatal',
  rateLimit: null,
  collectEvery: 20,
  keepReady: 0,
  // Long enough for their clients, and shorter than a test that kills it again and again.
  keepExports: 8_000,
});
console.log(url);
