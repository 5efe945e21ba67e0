import { readFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';

/*
 * The least a download can cost: a process that answers whatever it reads with the file it was started with, which it
 * holds in memory, in one write. Started by limits.ts.
 */

const file = readFileSync(process.argv[2] ?? '');
const head = `HTTP/1.1 200 OK\r\ncontent-length: ${file.length}\r\n\r\n`;

const server = net.createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.on('data', () => {
    socket.cork();
    socket.write(head);
    socket.write(file);
    socket.uncork();
  });
});
server.listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
