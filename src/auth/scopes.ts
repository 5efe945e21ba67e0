import { BotportError } from '../errors.ts';
import { likeness } from '../nearest.ts';

/** **admin**: made in the Admin Console for one, several or all bots. **builder**: made inside one bot, for it. */
export type AppKind = 'admin' | 'builder';

/** What the pages of the platform call a scope. A kind of app without a name cannot hold the scope. */
interface ScopeNames {
  /** As the admin console prints it; the first is the one Botport prints, the others are understood. */
  readonly admin?: readonly [string, ...string[]];
  /** As the app builder prints it. */
  readonly builder?: readonly [string, ...string[]];
}

/** The scopes Botport's endpoints ask for, by machine name. */
const scopes = {
  'bot_definition:bot_export': { admin: ['Bot Definition > Bot Export'], builder: ['Bot Export'] },
  'bot_definition:bot_import': { admin: ['Bot Definition > Bot Import'] },
  'bot_definition:bot_create': { admin: ['Bot Definition > Bot Create'] },
  'bot_publish:publish_request': { admin: ['Bot Publish > Publish'] },
  'bot_publish:publish_status': { admin: ['Bot Publish > Publish Status'] },
  'role_management:role_management': { admin: ['Profile Management > Role Management'] },
  'bot_variables:export': { builder: ['Export Variables'] },
  'bot_variables:import': { builder: ['Import Variables'] },
  'test_and_train:ml_export': {
    admin: ['Test > Utterances Export', 'Test and Train > Utterances Export'],
    builder: ['Utterances Export'],
  },
  'test_and_train:ml_import': {
    admin: ['Test > Utterances Import', 'Test and Train > Utterances Import'],
    builder: ['Utterances Import'],
  },
  'test_and_train:ml': { admin: ['Test > Train ML', 'Test and Train > Train ML'], builder: ['Train ML'] },
  'universal_bot:linked_apps': {
    admin: ['Get linked bot details', 'Getlinkedbotdetails'],
    builder: ['Get linked App details'],
  },
  'logs:change_logs': { admin: ['Logs > Bot Audit Logs'], builder: ['Logs History'] },
  'batchtest:management': { admin: ['Batch Tests Management'], builder: ['Batch Tests Management'] },
} as const satisfies Record<string, ScopeNames>;

/** Machine name of a scope. */
export type Scope = keyof typeof scopes;

const names: Readonly<Record<Scope, ScopeNames>> = scopes;
const all = Object.keys(names) as Scope[];

export function isScope(text: string): text is Scope {
  return Object.hasOwn(names, text);
}

/** Every scope an app of this kind can hold. */
export function scopesOf(kind: AppKind): Scope[] {
  return all.filter((scope) => canHold(scope, kind));
}

/** The scope as the pages of this kind of app print it; its machine name where the kind cannot hold it. */
export function printedScope(scope: Scope, kind: AppKind): string {
  return names[scope][kind]?.[0] ?? scope;
}

/**
 * The scope a person means: its machine name, or its printed name with or without the group before the `>`. Case
 * and the spaces around `>` do not matter.
 *
 * @throws {@link BotportError} `app_invalid` when there is no such scope or this kind of app cannot hold it.
 */
export function parseScope(text: string, kind: AppKind): Scope {
  const wanted = normalise(text);
  const scope = all.find((candidate) => spellings(candidate).includes(wanted));
  if (scope === undefined) {
    throw new BotportError('app_invalid', `unknown scope "${text}"; ${hint(wanted, kind)}`);
  }
  if (!canHold(scope, kind)) throw new BotportError('app_invalid', heldByOthers(scope, kind));
  return scope;
}

export function canHold(scope: Scope, kind: AppKind): boolean {
  return names[scope][kind] !== undefined;
}

/** Says which kind of app holds a scope that this kind cannot hold. */
export function heldByOthers(scope: Scope, kind: AppKind): string {
  const other = kind === 'admin' ? 'builder' : 'admin';
  return `only ${withArticle(other)} app can hold the scope "${printedScope(scope, other)}"`;
}

/** "an admin" or "a builder". */
export function withArticle(kind: AppKind): string {
  return kind === 'admin' ? 'an admin' : 'a builder';
}

function normalise(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/ ?([>:]) ?/g, '$1');
}

/** Every normalised spelling that means the scope. */
function spellings(scope: Scope): string[] {
  const { admin = [], builder = [] } = names[scope];
  const printed = [...admin, ...builder].map(normalise);
  return [scope, ...printed, ...printed.map((name) => name.slice(name.indexOf('>') + 1))];
}

/** Names the nearest scope the kind can hold, or all of them when none is near. */
function hint(wanted: string, kind: AppKind): string {
  const ranked = scopesOf(kind)
    .map((scope) => ({ scope, score: Math.max(...spellings(scope).map((name) => likeness(name, wanted))) }))
    .sort((a, b) => b.score - a.score);
  const best = ranked[0];
  if (best && best.score >= 0.5) return `did you mean "${printedScope(best.scope, kind)}"?`;
  const list = scopesOf(kind).map((scope) => `"${printedScope(scope, kind)}"`);
  return `${withArticle(kind)} app can hold ${list.join(', ')}`;
}
