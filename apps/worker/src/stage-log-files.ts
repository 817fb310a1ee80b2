import { type FileHandle, mkdir, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { rotate } from './stage-log-rotation.ts';

/** A log that is open for appending. Its size in bytes is what it was when it was looked at. */
interface LogFile {
  readonly handle: FileHandle;
  readonly ino: number;
  readonly size: number;
}

interface Options {
  readonly dir: string;
  /** Bytes beyond which no file may grow that can be put aside; 0 for never. */
  readonly maxBytes: number;
  readonly keepFiles: number;
  readonly now: () => number;
  readonly report: (error: unknown) => void;
}

/**
 * The files of a folder, each opened once. Others may put one aside or remove it meanwhile: it is looked for at its path
 * before every write.
 */
export function openLogFiles({ dir, maxBytes, keepFiles, now, report }: Options) {
  const files = new Map<string, LogFile>();

  async function open(file: string): Promise<LogFile> {
    const handle = await openOrCreate(dir, join(dir, file));
    const { ino, size } = await handle.stat();
    const opened = { handle, ino, size };
    files.set(file, opened);
    return opened;
  }

  async function leave(file: string) {
    const left = files.get(file);
    files.delete(file);
    await left?.handle.close().catch(report);
  }

  /** The log at the path now. */
  async function current(file: string): Promise<LogFile> {
    const known = files.get(file);
    if (known === undefined) return open(file);
    const found = await stat(join(dir, file)).catch(() => null);
    if (found?.ino === known.ino) return { ...known, size: found.size };
    await leave(file);
    return open(file);
  }

  return {
    /** The log, put aside first if it is too long for `length` more bytes. A failure to do so is no reason not to write. */
    async at(file: string, length: number): Promise<LogFile> {
      const log = await current(file);
      if (maxBytes <= 0 || log.size === 0 || log.size + length <= maxBytes) return log;
      try {
        await rotate(dir, file, new Date(now()), keepFiles);
      } catch (error) {
        report(error);
        return log;
      }
      await leave(file);
      return open(file);
    },
    leave,
    async close() {
      await Promise.all([...files.keys()].map(leave));
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
