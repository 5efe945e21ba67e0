/** Thrown where a snapshot is asked for that is in no store. */
export class SnapshotGone extends Error {
  override readonly name = 'SnapshotGone';

  constructor(digest: string) {
    super(`snapshot ${digest} is missing`);
  }
}

/** More than one collection cannot come between two looks; a snapshot that is missing for good is to be told of soon. */
const attempts = 3;

/**
 * Runs an action that looks up which snapshot is meant, and then reads it. In between the snapshot may be removed: a
 * draft, version or request that named it has gone. Then the action runs again, and finds what is there by now.
 */
export async function lookAgain<T>(action: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof SnapshotGone) || attempt === attempts) throw error;
    }
  }
}
