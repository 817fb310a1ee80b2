import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, inject, test } from 'vitest';

/** The programs of one make of Redis, by their paths. */
export interface Programs {
  readonly server: string;
  readonly cli: string;
}

/**
 * Declares tests for each make of Redis there may be. Where its programs, or `others`, are not on the PATH they are
 * skipped, and their title says what is missing.
 */
export function onEveryMake(title: string, declare: (programs: Programs) => void, others: string[] = []) {
  for (const make of ['redis', 'valkey']) {
    const programs = { server: `${make}-server`, cli: `${make}-cli` };
    const lacking = whyNot([...Object.values(programs), ...others]);
    describe.skipIf(lacking !== null)(
      `${title} with ${make}${lacking ? ` (skipped: ${lacking})` : ''}`,
      () => {
        if (lacking === null) declare(programs);
        else test('all of it', () => {});
      },
    );
  }
}

function whyNot(names: readonly string[]): string | null {
  if (inject('redisKind') === 'embedded') return 'this run is one without servers';
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
