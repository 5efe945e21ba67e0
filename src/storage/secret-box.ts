import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BotportError } from '../errors.ts';

/** Keeps secrets unreadable at rest, under the key file of the data folder. */
export interface SecretBox {
  /** Encrypts with AES-256-GCM; `context` (say the client id) must be the same when opening. */
  seal(plain: string, context: string): string;
  /** Throws `data_key_mismatch` when the text was sealed with another key or context. */
  open(sealed: string, context: string): string;
  /** A key for one purpose, derived from the key file (HKDF, RFC 5869). */
  deriveKey(purpose: string): Buffer;
}

/** Opens the key file `botport.key` of a data folder, making it (32 random bytes, mode 600) where it is missing. */
export function openSecretBox(dataFolder: string): SecretBox {
  const master = readOrCreateKey(path.join(dataFolder, 'botport.key'));
  const deriveKey = (purpose: string) =>
    Buffer.from(hkdfSync('sha256', master, '', `botport ${purpose}`, 32));
  const sealing = deriveKey('client secrets');
  return {
    deriveKey,
    seal(plain, context) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', sealing, nonce).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64');
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed, 'base64');
      try {
        const decipher = createDecipheriv('aes-256-gcm', sealing, bytes.subarray(0, 12), {
          authTagLength: 16,
        })
          .setAAD(Buffer.from(context))
          .setAuthTag(bytes.subarray(12, 28));
        return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
      } catch (cause) {
        throw new BotportError('data_key_mismatch', undefined, { cause });
      }
    },
  };
}

/** Two processes may start on an empty folder at once: the first to link its key in place wins, both use it. */
function readOrCreateKey(file: string): Buffer {
  const fresh = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  try {
    return readKey(file);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  writeFileSync(fresh, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(fresh, file);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(fresh);
  }
  return readKey(file);
}

function readKey(file: string): Buffer {
  // Windows has no such modes; there the folder's own protection has to do.
  const exposed = process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0;
  if (exposed) throw new BotportError('data_key_exposed', file);
  const text = readFileSync(file, 'utf8');
  if (!/^[0-9a-f]{64}\s*$/.test(text)) throw new BotportError('data_key_mismatch', `${file} is no key file`);
  return Buffer.from(text.trim(), 'hex');
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
