import type { Apps } from '../auth/apps.ts';

/**
 * Runs a command on the apps of `BOTPORT_DATA`, beside a server that may be running there. What needs time to load
 * is loaded here, so that `--help` answers at once.
 */
export async function withApps(action: (apps: Apps, dataFolder: string) => Promise<void>): Promise<void> {
  const [{ loadConfig }, { openDatabase }, { openSecretBox }, { openApps }] = await Promise.all([
    import('../config.ts'),
    import('../storage/database.ts'),
    import('../storage/secret-box.ts'),
    import('../auth/apps.ts'),
  ]);
  const { dataFolder } = loadConfig(process.env);
  const db = await openDatabase(dataFolder);
  try {
    await action(openApps(db, openSecretBox(dataFolder)), dataFolder);
  } finally {
    await db.destroy();
  }
}
