import type { Db } from '../../src/storage/database.ts';

/** A database that fails at its next transaction but `count`, as if the process were killed there. */
export function dyingAfter(db: Db, count: number): Db {
  let left = count;
  return new Proxy(db, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (name !== 'transaction') return typeof value === 'function' ? value.bind(target) : value;
      return () => {
        if (left === 0) throw new Error('killed');
        left -= 1;
        return target.transaction();
      };
    },
  });
}
