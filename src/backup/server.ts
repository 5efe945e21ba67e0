import { openAsBlob } from 'node:fs';
import type { Client } from '../client/client.ts';
import type { Bot } from '../client/replies.ts';
import { planImport, sendImport, uploadArchive } from '../transfer/send-import.ts';
import { type BackupTarget, type FetchedCopy, type Kept, wordsOfState } from './backup.ts';
import type { Copy, State } from './copies.ts';

/**
 * A backup on a Botport server: each state is published there, so that it stays as a version. Nothing is kept beside the
 * server: what it has says what is to be done.
 */
export class ServerBackup implements BackupTarget {
  readonly #client: Client;
  readonly #there: Set<string>;

  private constructor(client: Client, there: Set<string>) {
    this.#client = client;
    this.#there = there;
  }

  static async open(client: Client): Promise<ServerBackup> {
    const there = new Set<string>();
    for await (const { _id } of client.bots.all()) there.add(_id);
    return new ServerBackup(client, there);
  }

  async has(bot: Bot, _copy: Copy, { digest }: State): Promise<boolean> {
    if (!this.#there.has(bot._id)) return false;
    const [version] = await this.#client.versions.list(bot._id, { limit: 1 });
    return version?.digest === digest;
  }

  async hasAny(bot: Bot): Promise<boolean> {
    return this.#there.has(bot._id);
  }

  async keep(bot: Bot, copies: readonly FetchedCopy[]): Promise<Kept> {
    const client = this.#client;
    const isNew = !this.#there.has(bot._id);
    const words: string[] = [];
    for (const { copy, state, file } of copies) {
      const files = await uploadArchive(client, await openAsBlob(file));
      if (!this.#there.has(bot._id)) {
        await sendImport(client, files, { keepId: true });
        this.#there.add(bot._id);
      } else {
        const { changes, digest } = await planImport(client, files, { into: bot._id });
        if (changes) await sendImport(client, files, { into: bot._id, plan: digest });
      }
      // Also where a run was broken off between the import and this.
      const [draft] = await client.bots.drafts(bot._id, { limit: 1 });
      const [version] = await client.versions.list(bot._id, { limit: 1 });
      if (draft?.digest === version?.digest) continue;
      const comment = `Backup of ${wordsOfState(copy, state)}`;
      await client.publishing.start(bot._id, comment);
      await client.publishing.wait(bot._id);
      words.push(comment);
    }
    return { change: isNew ? 'new' : words.length > 0 ? 'changed' : 'unchanged', words };
  }
}
