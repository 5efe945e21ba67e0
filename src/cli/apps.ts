import { type Command, Option } from 'commander';
import type { AppCredentials, AppSummary } from '../auth/apps.ts';
import type { Algorithm } from '../auth/make-token.ts';
import type { AppKind } from '../auth/scopes.ts';
import { parseScope, printedScope, type Scope, scopesOf, withArticle } from '../auth/scopes.ts';
import { BotportError } from '../errors.ts';
import { withApps } from './store.ts';
import { collect } from './values.ts';

interface CreateOptions {
  name: string;
  kind: AppKind;
  bot?: string[];
  scope?: string[];
  allScopes?: true;
  algorithm: Algorithm;
  json?: true;
}

/** `botport apps`: the JWT clients of the data folder. */
export function addAppsCommands(program: Command): void {
  const apps = program
    .command('apps')
    .description('make, list and revoke the apps (JWT clients) of the data folder BOTPORT_DATA')
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  $ botport apps create --name pipeline --kind admin --all-scopes',
        '  $ botport apps list',
      ].join('\n'),
    );

  apps
    .command('create')
    .description('make an app and print its client id and secret; the secret is never shown again')
    .requiredOption('--name <name>', 'what the app is for')
    .addOption(
      new Option('--kind <kind>', 'admin: one, several or all bots; builder: one bot')
        .choices(['admin', 'builder'])
        .makeOptionMandatory(),
    )
    .option(
      '--bot <id>',
      'a bot the app covers, repeatable; an admin app without one covers every bot',
      collect,
    )
    .option('--scope <name>', 'a scope, repeatable: its printed name or its machine name', collect)
    .addOption(new Option('--all-scopes', 'every scope the kind can hold').conflicts('scope'))
    .addOption(
      new Option('--algorithm <name>', 'how tokens are signed').choices(['HS256', 'HS512']).default('HS256'),
    )
    .option('--json', 'print JSON')
    .addHelpText('after', createHelp)
    .action((options: CreateOptions) =>
      withApps(
        async (store) => {
          const { name, kind, algorithm, bot: bots = [] } = options;
          const app = await store.create({ name, kind, algorithm, bots, scopes: chosenScopes(options) });
          console.log(options.json ? toJson(app) : describeNew(app, algorithm));
        },
        { create: true },
      ),
    );

  apps
    .command('list')
    .description('list the apps, without their secrets')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ BOTPORT_DATA=/var/lib/botport botport apps list --json')
    .action((options: { json?: true }) =>
      withApps(async (store, dataFolder) => {
        const list = await store.list();
        if (options.json) console.log(toJson(list.map(withReadableTimes)));
        else if (list.length === 0) console.log(`No apps in ${dataFolder}.`);
        else console.log(list.map(describe).join('\n\n'));
      }),
    );

  apps
    .command('revoke')
    .description('refuse the tokens of an app from now on, also in a running server')
    .argument('<client-id>', 'as `apps list` shows it')
    .addHelpText('after', '\nExample:\n  $ botport apps revoke cs-…')
    .action((clientId: string) =>
      withApps(async (store) => {
        await store.revoke(clientId);
        console.log(`Revoked ${clientId}.`);
      }),
    );
}

function chosenScopes({ kind, scope = [], allScopes }: CreateOptions): Scope[] {
  if (allScopes) return scopesOf(kind);
  if (scope.length > 0) return scope.map((name) => parseScope(name, kind));
  throw new BotportError(
    'app_invalid',
    'no scope; name some with --scope, or take them all with --all-scopes',
  );
}

function createHelp(): string {
  const scopes = (kind: AppKind) =>
    scopesOf(kind).map((scope) => `  ${printedScope(scope, kind).padEnd(37)}  ${scope}`);
  return [
    '',
    'Scopes of an admin app:',
    ...scopes('admin'),
    '',
    'Scopes of a builder app:',
    ...scopes('builder'),
    '',
    'Examples:',
    '  $ botport apps create --name pipeline --kind admin --all-scopes',
    '  $ botport apps create --name backup --kind admin --scope "Bot Definition > Bot Export" --json',
    '  $ botport apps create --name shop --kind builder --bot st-… --scope "Bot Export"',
  ].join('\n');
}

function toJson(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

function withReadableTimes(app: AppSummary) {
  const iso = (moment: number) => new Date(moment).toISOString();
  return {
    ...app,
    createdAt: iso(app.createdAt),
    revokedAt: app.revokedAt === null ? null : iso(app.revokedAt),
  };
}

function describeNew(app: AppCredentials, algorithm: Algorithm): string {
  return [
    `Made ${withArticle(app.kind)} app.`,
    '',
    `  client id      ${app.clientId}`,
    `  client secret  ${app.clientSecret}`,
    `  algorithm      ${algorithm}`,
    ...describeReach(app),
    '',
    'The secret is not shown again. `botport token` makes a token of the two; see its --help.',
  ].join('\n');
}

function describe(app: AppSummary): string {
  const { createdAt, revokedAt } = withReadableTimes(app);
  return [
    `${app.clientId}  ${app.name}`,
    `  kind           ${app.kind}`,
    `  algorithm      ${app.algorithm}`,
    ...describeReach(app),
    `  created        ${createdAt}`,
    ...(revokedAt ? [`  revoked        ${revokedAt}`] : []),
  ].join('\n');
}

function describeReach({ kind, bots, scopes }: Pick<AppSummary, 'kind' | 'bots' | 'scopes'>): string[] {
  const column = (label: string, values: string[]) =>
    values.map((value, i) => `  ${(i === 0 ? label : '').padEnd(13)}  ${value}`);
  return [
    ...column('bots', bots.length === 0 ? ['every bot'] : bots),
    ...column(
      'scopes',
      scopes.map((scope) => printedScope(scope, kind)),
    ),
  ];
}
