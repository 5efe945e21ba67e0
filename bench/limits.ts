import { closeSync, copyFileSync, fsyncSync, openSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { type ServerProcess, startProcess } from './processes.ts';

/*
 * What the machine gives at best: no server that keeps its promises can be faster than these.
 */

/**
 * Makes one durable commit each time it is called, with the server's own settings of SQLite: of one small row, or of
 * as many as are told.
 */
export function openCommitter(folder: string): (rows?: number) => void {
  const database = new DatabaseSync(path.join(folder, 'commits.sqlite'));
  database.exec('pragma journal_mode = wal; pragma synchronous = full; create table t (text text)');
  const insert = database.prepare('insert into t values (?)');
  const text = 'x'.repeat(500);
  return (rows = 1) => {
    if (rows > 1) database.exec('begin immediate');
    for (let row = 0; row < rows; row += 1) insert.run(text);
    if (rows > 1) database.exec('commit');
  };
}

/** A process that answers `hello` with node:http, and sends a file at `/file`. */
export function startPlainServer(file = ''): Promise<ServerProcess> {
  return startProcess([fileURLToPath(new URL('plain-server.ts', import.meta.url)), file]);
}

/** A process that sends a file it holds in memory, with nothing but a socket. */
export function startRawServer(file: string): Promise<ServerProcess> {
  return startProcess([fileURLToPath(new URL('raw-server.ts', import.meta.url)), file]);
}

/** Copies a file and waits until the copy is on the disk. */
export function copyDurably(from: string, to: string): void {
  copyFileSync(from, to);
  const file = openSync(to, 'r');
  fsyncSync(file);
  closeSync(file);
}
