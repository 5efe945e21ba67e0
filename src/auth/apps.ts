import { hash, randomBytes, type webcrypto } from 'node:crypto';
import type { Selectable } from 'kysely';
import { z } from 'zod';
import { BotportError } from '../errors.ts';
import { isId, newId } from '../ids.ts';
import { Kept } from '../kept.ts';
import type { Db } from '../storage/database.ts';
import { prepared } from '../storage/prepared.ts';
import type { AppTable } from '../storage/schema.ts';
import type { SecretBox } from '../storage/secret-box.ts';
import { covers, listBots, listedBots } from './app-bots.ts';
import type { Caller } from './caller.ts';
import { type Algorithm, importSecret } from './make-token.ts';
import { type AppKind, canHold, heldByOthers, isScope, type Scope } from './scopes.ts';
import { countsNow, type Lifetime, readToken, verifyToken } from './token.ts';

type App = Selectable<AppTable>;

export interface NewApp {
  name: string;
  kind: AppKind;
  algorithm: Algorithm;
  scopes: Scope[];
  /** Bot ids; empty stands for every bot (admin apps only). The bots need not be there yet. */
  bots: string[];
}

/** What `apps create` shows, once: the secret is never shown again. */
export interface AppCredentials {
  clientId: string;
  /** 32 random bytes as base64; the key is the bytes of this text. */
  clientSecret: string;
  kind: AppKind;
  bots: string[];
  scopes: Scope[];
}

export interface AppSummary extends Omit<AppCredentials, 'clientSecret'> {
  name: string;
  algorithm: Algorithm;
  /** Epoch milliseconds. */
  createdAt: number;
  revokedAt: number | null;
}

export interface Apps {
  /** Throws `app_invalid`. */
  create(app: NewApp): Promise<AppCredentials>;
  /** Oldest first, the revoked ones too. */
  list(): Promise<AppSummary[]>;
  /** From this moment the app's tokens are refused, by every process. Throws `app_unknown`. */
  revoke(clientId: string): Promise<void>;
  /** The app behind a token. Throws `invalid_token` or `invalid_credentials`. */
  authenticate(token: string | undefined): Promise<Caller>;
  /** Whether the app covers a bot of its account; the bot need not be there. */
  covers(caller: Caller, botId: string): Promise<boolean>;
  /** Throws `data_key_mismatch` when the secrets in the database were sealed with another key file. */
  checkKey(): Promise<void>;
}

const appById = prepared((db, value: { clientId: string }) =>
  db.selectFrom('apps').selectAll().where('client_id', '=', value.clientId),
);

/** A token whose signature was found good, and what has to be as it was for it to be good again. */
interface VerifiedToken {
  clientId: string;
  algorithm: Algorithm;
  sealedSecret: string;
  lifetime: Lifetime;
}

/** Verified tokens kept. Clients make a token last for many requests, or one for each. */
const keptTokens = 2000;
const keptCallers = 200;

export function openApps(db: Db, secretBox: SecretBox): Apps {
  const keyOf = keyRing(secretBox);
  /** By the hash of a token, so that none is held. */
  const verified = new Kept<VerifiedToken>(keptTokens);
  const callers = new Kept<{ app: App; caller: Caller }>(keptCallers);

  /** Throws `invalid_credentials` where the app was revoked. */
  function callerOf(app: App): Caller {
    if (app.revoked_at !== null) throw new BotportError('invalid_credentials', 'the app was revoked');
    const known = callers.get(app.client_id);
    if (known && saysTheSame(known.app, app)) return known.caller;
    const caller = toCaller(app);
    callers.set(app.client_id, { app, caller });
    return caller;
  }

  async function checkKey() {
    const app = await db.selectFrom('apps').selectAll().limit(1).executeTakeFirst();
    if (app) secretBox.open(app.sealed_secret, app.client_id);
  }

  return {
    checkKey,
    covers: (caller, botId) => covers(db, caller, botId),

    async create(app) {
      const { name, kind, algorithm, scopes, bots } = checkApp(app);
      // A lost key file must not be papered over with a new one that opens only what comes after it.
      await checkKey();
      const clientId = newId('cs');
      const clientSecret = randomBytes(32).toString('base64');
      await db.transaction().execute(async (tx) => {
        await tx
          .insertInto('apps')
          .values(({ selectFrom }) => ({
            client_id: clientId,
            account_id: selectFrom('accounts').select('id'),
            name,
            kind,
            algorithm,
            sealed_secret: secretBox.seal(clientSecret, clientId),
            scopes: JSON.stringify(scopes),
            limited: bots.length === 0 ? 0 : 1,
            user_id: newId('u'),
            created_at: Date.now(),
            revoked_at: null,
          }))
          .execute();
        await listBots(tx, clientId, bots);
      });
      return { clientId, clientSecret, kind, bots, scopes };
    },

    async list() {
      const rows = await db
        .selectFrom('apps')
        .selectAll()
        .orderBy('created_at')
        .orderBy('client_id')
        .execute();
      const bots = await listedBots(db);
      return rows.map((row) => ({
        clientId: row.client_id,
        name: row.name,
        kind: row.kind,
        algorithm: row.algorithm,
        bots: bots.get(row.client_id) ?? [],
        scopes: parseScopes(row.scopes),
        createdAt: row.created_at,
        revokedAt: row.revoked_at,
      }));
    },

    async revoke(clientId) {
      const { numUpdatedRows } = await db
        .updateTable('apps')
        .set(({ fn, val }) => ({ revoked_at: fn.coalesce('revoked_at', val(Date.now())) }))
        .where('client_id', '=', clientId)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) throw new BotportError('app_unknown', clientId);
    },

    async authenticate(header) {
      const name = hash('sha256', header ?? '');
      const known = verified.get(name);
      // The app is read anew each time: a revocation by another process counts at once.
      if (known && countsNow(known.lifetime)) {
        const app = await appById.first(db, known);
        if (app?.sealed_secret === known.sealedSecret && app.algorithm === known.algorithm)
          return callerOf(app);
      }
      const token = readToken(header);
      const row = await appById.first(db, { clientId: token.appId });
      const app = row?.algorithm === token.algorithm ? row : undefined;
      // For an unknown app the same work is done with a key nobody has: neither the answer nor the time it takes
      // tells which apps there are.
      const lifetime = await verifyToken(token, await keyOf(app, token.algorithm));
      if (!app) throw new BotportError('invalid_credentials');
      const { client_id: clientId, algorithm, sealed_secret: sealedSecret } = app;
      verified.set(name, { clientId, algorithm, sealedSecret, lifetime });
      return callerOf(app);
    },
  };
}

/** The app without what is said twice. Throws `app_invalid`. */
function checkApp(app: NewApp): NewApp {
  const { kind } = app;
  const [name, bots, scopes] = [app.name.trim(), [...new Set(app.bots)], [...new Set(app.scopes)]];
  const refuse = (detail: string) => new BotportError('app_invalid', detail);
  if (name === '') throw refuse('the name is empty');
  const badBot = bots.find((bot) => !isId('st', bot));
  if (badBot !== undefined)
    throw refuse(`"${badBot}" is no bot id; one looks like st-<uuid>, in small letters`);
  if (kind === 'builder' && bots.length !== 1) {
    throw refuse(`a builder app has exactly one bot, not ${bots.length}`);
  }
  const badScope = scopes.find((scope) => !canHold(scope, kind));
  if (badScope !== undefined) throw refuse(heldByOthers(badScope, kind));
  return { ...app, name, bots, scopes };
}

type SealedApp = Pick<App, 'client_id' | 'sealed_secret' | 'algorithm'>;

/** Keys kept ready; a thousand busy apps are more than one server sees. */
const ringSize = 1000;

/** Opens and imports the secret of an app once; for no app there is a key made of random bytes. */
function keyRing(secretBox: SecretBox) {
  const ring = new Map<string, Promise<webcrypto.CryptoKey>>();
  const decoy = randomBytes(32).toString('base64');

  return (app: SealedApp | undefined, algorithm: Algorithm): Promise<webcrypto.CryptoKey> => {
    const name = app ? `${app.client_id} ${app.sealed_secret}` : `decoy ${algorithm}`;
    const ready = ring.get(name);
    const key =
      ready ?? importSecret(app ? secretBox.open(app.sealed_secret, app.client_id) : decoy, algorithm);
    // The one used last stands last; the first one goes.
    ring.delete(name);
    ring.set(name, key);
    for (const oldest of ring.keys()) {
      if (ring.size <= ringSize) break;
      ring.delete(oldest);
    }
    return key;
  };
}

function toCaller(app: App): Caller {
  return {
    clientId: app.client_id,
    accountId: app.account_id,
    kind: app.kind,
    limited: app.limited === 1,
    scopes: new Set(parseScopes(app.scopes)),
    userId: app.user_id,
  };
}

/** Whether two readings of an app make the same caller. */
function saysTheSame(one: App, other: App): boolean {
  return (
    one.account_id === other.account_id &&
    one.kind === other.kind &&
    one.limited === other.limited &&
    one.scopes === other.scopes &&
    one.user_id === other.user_id
  );
}

/** Names this version does not know are left out: they open no endpoint it has. */
function parseScopes(column: string): Scope[] {
  return z.array(z.string()).parse(JSON.parse(column)).filter(isScope);
}
