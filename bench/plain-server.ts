import { createReadStream, statSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/*
 * The limit set by node:http: a process that does nothing but answer `hello`, or send the file it was started with
 * at `/file`. Started by limits.ts.
 */

const file = process.argv[2] ?? '';

const server = http.createServer((request, response) => {
  if (request.url === '/file') {
    response.setHeader('content-length', statSync(file).size);
    // In pieces as large as Botport's own, for a fair comparison: the default of 64 kB takes twice the time.
    createReadStream(file, { highWaterMark: 256 * 1024 }).pipe(response);
  } else {
    request.resume();
    response.end('hello');
  }
});
server.listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
