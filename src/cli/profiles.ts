import { type Command, Option } from 'commander';
import { helpText } from './examples.ts';
import { exitCodes } from './exit-codes.ts';

export function addProfilesCommands(program: Command): void {
  const profiles = program
    .command('profiles')
    .description('show the profiles of hosts, and check them')
    .addHelpText(
      'after',
      helpText({
        notes: ['docs/profiles.md describes the file they stand in. Secrets are never shown.'],
        examples: ['botport profiles', 'botport profiles check'],
      }),
    );
  profiles
    .command('list', { isDefault: true })
    .description('list them: name, URL, app, and where its secret is')
    .addOption(new Option('--names', 'only their names').conflicts('json'))
    .option('--json', 'print JSON')
    .addHelpText('after', helpText({ examples: ['botport profiles list --json'] }))
    .action(list);
  profiles
    .command('check')
    .description('look whether all secrets and certificates they name are there; exit code 1 if not')
    .option('--json', 'print JSON')
    .addHelpText('after', helpText({ examples: ['botport profiles check'] }))
    .action(check);
}

async function list({ names, json }: { names?: boolean; json?: boolean }): Promise<void> {
  const [{ readProfiles }, { describeProfiles }, { table }] = await Promise.all([
    import('../profiles/read-profiles.ts'),
    import('../profiles/describe.ts'),
    import('./table.ts'),
  ]);
  const profiles = readProfiles(process.env);
  const described = describeProfiles(profiles);
  if (json) return console.log(JSON.stringify({ file: profiles.file, profiles: described }));
  if (names) {
    for (const { name } of described) console.log(name);
    return;
  }
  if (described.length === 0) return console.log(`no profiles in ${profiles.file}`);
  const rows = described.map(({ name, url, isDefault, clientId, secret }) => [
    `${isDefault ? '*' : ' '} ${name}`,
    url,
    clientId ?? '-',
    secret ?? '-',
  ]);
  console.log(table([['  NAME', 'URL', 'APP', 'SECRET'], ...rows]).join('\n'));
}

async function check({ json }: { json?: boolean }): Promise<void> {
  const [{ readProfiles }, { checkProfiles }] = await Promise.all([
    import('../profiles/read-profiles.ts'),
    import('../profiles/describe.ts'),
  ]);
  const profiles = readProfiles(process.env);
  const checked = checkProfiles(profiles, process.env);
  if (json) {
    console.log(JSON.stringify({ file: profiles.file, profiles: checked }));
  } else {
    for (const { name, faults } of checked) {
      console.log(`${name}: ${faults.length === 0 ? 'ok' : faults.join('; ')}`);
    }
  }
  if (checked.some(({ faults }) => faults.length > 0)) process.exitCode = exitCodes.no;
}
