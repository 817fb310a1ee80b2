import { LOG_FILES } from '@codegen/pipeline';
import { formatEntry, type LogEntry } from './entry.ts';
import { createLogFiles } from './files.ts';

export interface StageLog {
  /** Resolves when the entry is written or its failure is reported. Never throws or rejects. */
  append(entry: LogEntry): Promise<void>;
  /** Waits for pending entries and closes the files. A later append opens them again. */
  close(): Promise<void>;
}

interface StageLogOptions {
  /** Created with mode 0750 on the first write; files have mode 0640. */
  readonly dir: string;
  /** Size in bytes above which a file is rotated; 0 never rotates. */
  readonly maxBytes: number;
  /** Number of rotated files kept per log; 10 by default, unlimited with `keepDays`. */
  readonly keepFiles?: number;
  /** Days after which rotated files are deleted; then each UTC day has files of its own. 0, the default, is no limit. */
  readonly keepDays?: number;
  /** Receives write errors, at most one a minute per error code. Every entry is tried regardless. */
  readonly report: (problem: Error) => void;
  /** Clock in ms since the epoch. */
  readonly now?: () => number;
}

const REPORT_INTERVAL_MS = 60_000;

/** Interval at which old files are deleted, in ms. */
const PRUNE_INTERVAL_MS = 3_600_000;
const FILE_NAMES = new Set<string>(LOG_FILES);

/** Maximum bytes per write, unless a single entry is longer. */
const BATCH_BYTES = 2 ** 20;

/**
 * Appends entries to the stage log files. Processes may share the files: each entry is part of a single append. Entries
 * of one file are written in order; those that arrive during a write go together into the next one. Different files are
 * written concurrently.
 */
export function createStageLog(options: StageLogOptions): StageLog {
  const { dir, maxBytes, keepDays = 0, now = Date.now } = options;
  const { keepFiles = keepDays > 0 ? Number.POSITIVE_INFINITY : 10 } = options;
  const report = throttled(options.report, now);
  const pending = new Map<string, Buffer[]>();
  const writing = new Map<string, Promise<void>>();
  const torn = new Set<string>();
  const files = createLogFiles({ dir, maxBytes, keepFiles, keepDays, now, report });
  const prune = () => files.deleteOld(LOG_FILES).catch(report);
  const pruning = keepDays > 0 ? setInterval(prune, PRUNE_INTERVAL_MS).unref() : undefined;
  if (keepDays > 0) void prune();

  async function write(file: string, bytes: Buffer) {
    // An entry after a torn one must begin on a new line.
    const data = torn.has(file) ? Buffer.concat([Buffer.from('\n'), bytes]) : bytes;
    const { handle } = await files.forAppend(file, data.length);
    const { bytesWritten } = await handle.write(data);
    if (bytesWritten === data.length) return torn.delete(file);
    torn.add(file);
    throw problem('ERR_SHORT_WRITE', `${bytesWritten} of ${data.length} bytes were written to ${file}`);
  }

  /** Removes the entries of the next write, up to BATCH_BYTES, from the pending ones. */
  function takeBatch(file: string): Buffer {
    const entries = pending.get(file) ?? [];
    let [count, length] = [1, entries[0]?.length ?? 0];
    for (; count < entries.length && length + entries[count]!.length <= BATCH_BYTES; count++)
      length += entries[count]!.length;
    const batch = entries.splice(0, count);
    return batch.length === 1 ? batch[0]! : Buffer.concat(batch);
  }

  async function writeAll(file: string) {
    while (pending.get(file)?.length) {
      await write(file, takeBatch(file)).catch((error) => {
        report(error);
        return files.closeFile(file);
      });
    }
    pending.delete(file);
    writing.delete(file);
  }

  return {
    async append(entry) {
      const { file } = entry;
      try {
        if (!FILE_NAMES.has(file)) throw problem('ERR_LOG_FILE', `unknown stage log ${JSON.stringify(file)}`);
        const bytes = formatEntry(entry);
        const entries = pending.get(file);
        if (entries) entries.push(bytes);
        else pending.set(file, [bytes]);
      } catch (error) {
        return report(error);
      }
      if (!writing.has(file)) writing.set(file, writeAll(file));
      await writing.get(file);
    },
    async close() {
      clearInterval(pruning);
      await Promise.all(writing.values());
      await files.close();
    },
  };
}

function throttled(report: (problem: Error) => void, now: () => number): (error: unknown) => void {
  const reports = new Map<string, { at: number; suppressed: number }>();
  return (thrown) => {
    const error = thrown as NodeJS.ErrnoException;
    const code = error.code ?? error.name;
    const last = reports.get(code);
    if (last && Math.abs(now() - last.at) < REPORT_INTERVAL_MS) {
      last.suppressed++;
      return;
    }
    reports.set(code, { at: now(), suppressed: 0 });
    const more = last?.suppressed ? ` (and ${last.suppressed} times since the last report)` : '';
    try {
      report(problem(code, `stage log: ${error.message}${more}`, error));
    } catch {
      // A throwing reporter must not fail the run whose response is logged.
    }
  };
}

function problem(code: string, message: string, cause?: Error): Error {
  return Object.assign(new Error(message, { cause }), { code });
}
