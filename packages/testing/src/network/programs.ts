import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, inject, test } from 'vitest';

/** The programs of Redis or Valkey. */
export interface Programs {
  readonly server: string;
  readonly cli: string;
}

/**
 * Declares tests for Redis and for Valkey. If a program, or one of `others`, is not on the PATH, the tests are skipped, and
 * their title names the program.
 */
export function describeWithServers(
  title: string,
  declare: (programs: Programs) => void,
  others: string[] = [],
) {
  for (const make of ['redis', 'valkey']) {
    const programs = { server: `${make}-server`, cli: `${make}-cli` };
    const reason = reasonToSkip([...Object.values(programs), ...others]);
    describe.skipIf(reason !== null)(`${title} with ${make}${reason ? ` (skipped: ${reason})` : ''}`, () => {
      if (reason === null) declare(programs);
      else test('all tests', () => {});
    });
  }
}

function reasonToSkip(names: readonly string[]): string | null {
  if (inject('redisKind') === 'embedded') return 'this test run uses the embedded server';
  const missing = names.find((name) => !isOnPath(name));
  return missing === undefined ? null : `no ${missing} on the PATH`;
}

export const isOnPath = (name: string) =>
  (process.env.PATH ?? '').split(delimiter).some((dir) => {
    try {
      accessSync(join(dir, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
