import type { Apps } from '../auth/apps.ts';

/**
 * Runs a command on the apps of `BOTPORT_DATA`, beside a server that may be running there. What needs time to load
 * is loaded here, so that `--help` answers at once. With `create`, a folder that has no data yet is set up.
 */
export async function withApps(
  action: (apps: Apps, dataFolder: string) => Promise<void>,
  { create }: { create: boolean } = { create: false },
): Promise<void> {
  const [{ loadConfig }, { openDatabase, openExistingDatabase }, { openSecretBox }, { openApps }] =
    await Promise.all([
      import('../config.ts'),
      import('../storage/database.ts'),
      import('../storage/secret-box.ts'),
      import('../auth/apps.ts'),
    ]);
  const { dataFolder } = loadConfig(process.env);
  const db = await (create ? openDatabase : openExistingDatabase)(dataFolder);
  try {
    await action(openApps(db, openSecretBox(dataFolder)), dataFolder);
  } finally {
    await db.destroy();
  }
}
