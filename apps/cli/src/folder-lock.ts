import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const SQLITE_BUSY = 5;
/** Time in ms for another process that fails to get the lock to give way. */
const TIMEOUT_MS = 500;

/**
 * Creates a folder that only this user can read, and reserves it for this process until it ends. The lock is one of SQLite's on
 * a file that stays empty: the operating system releases it with the process, so that a crash leaves nothing to remove.
 * @throws Error if another process has the lock, or if the folder cannot be written to
 */
export function lockFolder(dir: string): { release(): void } {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const file = new DatabaseSync(join(dir, 'owner.lock'), { timeout: TIMEOUT_MS });
    file.exec('PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE');
    return { release: () => file.close() };
  } catch (error) {
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) {
      throw new Error(
        `another npm start uses the folder ${dir}: stop it, or set DATA_DIR or PORT to another value`,
      );
    }
    throw new Error(
      `cannot write to the folder ${dir}: make it writable for this user, or set DATA_DIR to another one (${(error as Error).message})`,
    );
  }
}
