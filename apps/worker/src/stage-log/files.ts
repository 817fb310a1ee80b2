import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const DAY_MS = 86_400_000;

/** An open log file. `size` is its length in bytes when it was last checked. */
interface OpenFile {
  readonly handle: FileHandle;
  readonly ino: number;
  readonly size: number;
  /** Time of the last write, ms since 1970. */
  readonly mtimeMs: number;
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
 * Keeps the log files of a folder open. Other processes may rotate or remove a file, so its path is checked before
 * every write.
 */
export function createLogFiles({ dir, maxBytes, keepFiles, keepDays, now, report }: LogFilesOptions) {
  const files = new Map<string, OpenFile>();

  const isOfEarlierDay = (ms: number) => keepDays > 0 && Math.floor(ms / DAY_MS) < Math.floor(now() / DAY_MS);

  async function reopen(file: string): Promise<OpenFile> {
    const handle = await openOrCreate(dir, join(dir, file));
    const { ino, size, mtimeMs } = await handle.stat();
    const opened = { handle, ino, size, mtimeMs };
    files.set(file, opened);
    return opened;
  }

  async function closeFile(file: string) {
    const opened = files.get(file);
    files.delete(file);
    await opened?.handle.close().catch(report);
  }

  /** The file that is at the path now. */
  async function current(file: string): Promise<OpenFile> {
    const opened = files.get(file);
    if (opened === undefined) return reopen(file);
    const found = await stat(join(dir, file)).catch(() => null);
    if (found?.ino === opened.ino) return { ...opened, size: found.size, mtimeMs: found.mtimeMs };
    await closeFile(file);
    return reopen(file);
  }

  return {
    /** The file to append `length` bytes to; rotated first if it would exceed `maxBytes`. A failed rotation is reported. */
    async forAppend(file: string, length: number): Promise<OpenFile> {
      const log = await current(file);
      const isFull = maxBytes > 0 && log.size + length > maxBytes;
      if (log.size === 0 || !(isFull || isOfEarlierDay(log.mtimeMs))) return log;
      try {
        await rotate(dir, file, new Date(now()), keepFiles);
      } catch (error) {
        report(error);
        return log;
      }
      await closeFile(file);
      return reopen(file);
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
