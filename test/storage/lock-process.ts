/** Holds the lock of a data folder until it is killed, or says why it cannot. */
import { BotportError } from '../../src/errors.ts';
import { lockDataFolder } from '../../src/storage/lock.ts';

try {
  lockDataFolder(process.argv[2] ?? '');
  console.log('locked');
  setInterval(() => {}, 1_000);
} catch (error) {
  console.log(error instanceof BotportError ? error.type : error);
}
