import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const DAY_MS = 86_400_000;

/** Time for which the file at a path is taken to be the open one, in ms. */
const CHECK_INTERVAL_MS = 100;

/** An open log file. */
interface OpenFile {
  readonly handle: FileHandle;
  readonly ino: number;
  /** Length in bytes when it was last checked, with what this process has written since. */
  size: number;
  /** Time of the last write when it was last checked, ms since 1970. */
  mtimeMs: number;
  /** By `performance.now()`. */
  checkedAt: number;
}

interface LogFilesOptions {
  readonly dir: string;
  /** Size in bytes above which a file is rotated; 0 never rotates. */
  readonly maxBytes: number;
  /** Number of rotated files kept per log. */
  readonly keepFiles: number;
  /** Days after which rotated files are deleted; then each UTC day has files of its own. 0 is no limit. */
  readonly keepDays: number;
  readonly now: () => number;
  readonly report: (error: unknown) => void;
}

/**
 * Keeps the log files of a folder open. Other processes may rotate or remove a file: its path is checked before a write,
 * unless that was done within `CHECK_INTERVAL_MS`. Until then, entries go to the file that was moved or removed.
 */
export function createLogFiles({ dir, maxBytes, keepFiles, keepDays, now, report }: LogFilesOptions) {
  const files = new Map<string, OpenFile>();

  const isOfEarlierDay = (ms: number) => keepDays > 0 && Math.floor(ms / DAY_MS) < Math.floor(now() / DAY_MS);

  async function reopen(file: string): Promise<OpenFile> {
    const handle = await openOrCreate(dir, join(dir, file));
    const { ino, size, mtimeMs } = await handle.stat();
    const opened = { handle, ino, size, mtimeMs, checkedAt: performance.now() };
    files.set(file, opened);
    return opened;
  }

  async function closeFile(file: string) {
    const opened = files.get(file);
    files.delete(file);
    await opened?.handle.close().catch(report);
  }

  /** The file that was at the path when it was last checked. */
  async function current(file: string): Promise<OpenFile> {
    const opened = files.get(file);
    if (opened === undefined) return reopen(file);
    if (performance.now() - opened.checkedAt < CHECK_INTERVAL_MS) return opened;
    const found = await stat(join(dir, file)).catch(() => null);
    if (found?.ino !== opened.ino) {
      await closeFile(file);
      return reopen(file);
    }
    const { size, mtimeMs } = found;
    return Object.assign(opened, { size, mtimeMs, checkedAt: performance.now() });
  }

  return {
    /** The file to append `length` bytes to; rotated first if it would exceed `maxBytes`. A failed rotation is reported. */
    async forAppend(file: string, length: number): Promise<OpenFile> {
      let log = await current(file);
      const isFull = maxBytes > 0 && log.size + length > maxBytes;
      if (log.size > 0 && (isFull || isOfEarlierDay(log.mtimeMs))) {
        const isRotated = await rotate(dir, file, new Date(now()), keepFiles).then(
          () => true,
          (error) => void report(error),
        );
        if (isRotated) {
          await closeFile(file);
          log = await reopen(file);
        }
      }
      log.size += length;
      return log;
    },
    /** Rotates logs of earlier days and deletes rotated ones that are older than `keepDays`. */
    async deleteOld(logs: readonly string[]) {
      for (const file of logs) {
        const found = await stat(join(dir, file)).catch(() => null);
        if (found !== null && found.size > 0 && isOfEarlierDay(found.mtimeMs))
          await rotate(dir, file, new Date(now()), keepFiles);
      }
      const oldest = new Date(now() - keepDays * DAY_MS).toISOString().replaceAll(':', '-');
      const names = await readdir(dir).catch(() => []);
      const old = names.filter((name) => ROTATED.test(name) && name.slice(name.indexOf('.') + 1) < oldest);
      await Promise.all(old.map((name) => rm(join(dir, name), { force: true })));
    },
    closeFile,
    async close() {
      await Promise.all([...files.keys()].map(closeFile));
    },
  };
}

async function openOrCreate(dir: string, path: string): Promise<FileHandle> {
  try {
    return await open(path, 'a', 0o640);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await mkdir(dir, { recursive: true, mode: 0o750 });
    return open(path, 'a', 0o640);
  }
}

/**
 * Renames a log to `<name>.<time>-<pid>-<8 hex digits>.txt` in the same folder and removes all but the newest `keep` of
 * those. The random digits keep names unique across containers, whose process ids collide, so a rename never replaces
 * a file. Two processes may rotate concurrently: the second one finds no file, or rotates the first one's new file.
 */
async function rotate(dir: string, file: string, now: Date, keep: number): Promise<void> {
  const base = file.replace(/\.txt$/, '');
  const time = now.toISOString().replaceAll(':', '-');
  const name = `${base}.${time}-${process.pid}-${randomBytes(4).toString('hex')}.txt`;
  await rename(join(dir, file), join(dir, name)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  const rotated = (await readdir(dir)).filter((each) => each.startsWith(`${base}.`) && ROTATED.test(each));
  const expired = rotated.sort().slice(0, Math.max(rotated.length - keep, 0));
  await Promise.all(expired.map((each) => rm(join(dir, each), { force: true })));
}

const ROTATED = /^\w+\.\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z-\d+-[0-9a-f]{8}\.txt$/;
