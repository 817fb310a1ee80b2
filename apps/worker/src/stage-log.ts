import { LOG_FILES } from '@codegen/pipeline';
import { formatEntry, type LogEntry } from './stage-log-entry.ts';
import { openLogFiles } from './stage-log-files.ts';

export { type LogEntry, type ParsedEntry, parseStageLog } from './stage-log-entry.ts';

/** Settled once the entry is written or its loss reported: neither ever throws or rejects. */
export interface StageLog {
  append(entry: LogEntry): Promise<void>;
  /** Waits for the entries appended so far and closes the files; the next entry would open them again. */
  close(): Promise<void>;
}

/**
 * - `dir`: created (mode 0750) when there is something to write; files get mode 0640.
 * - `maxBytes`: a file that an entry would take beyond this is put aside first; 0 for never.
 * - `keepFiles`: how many files put aside are kept for each log; 10 by default.
 * - `report`: called for what could not be written, at most once a minute for each error code. Writing is tried
 *   again with each entry.
 * - `now`: milliseconds since 1970, for `report` and the names of files put aside.
 */
interface StageLogOptions {
  readonly dir: string;
  readonly maxBytes: number;
  readonly keepFiles?: number;
  readonly report: (problem: Error) => void;
  readonly now?: () => number;
}

const REPORT_EVERY_MS = 60_000;
const NAMES = new Set<string>(LOG_FILES);

/** Bytes written at once at most, unless one entry has more. */
const BATCH_BYTES = 2 ** 20;

/**
 * Log files that any number of processes may share: entries are whole in one write at the end of the file. In this
 * process the entries of one file are written in their order, those that came during a write together in the next;
 * different files at the same time.
 */
export function createStageLog(options: StageLogOptions): StageLog {
  const { dir, maxBytes, keepFiles = 10, now = Date.now } = options;
  const report = throttled(options.report, now);
  const waiting = new Map<string, Buffer[]>();
  const writing = new Map<string, Promise<void>>();
  const torn = new Set<string>();
  const files = openLogFiles({ dir, maxBytes, keepFiles, now, report });

  async function write(file: string, bytes: Buffer) {
    // What follows a torn entry begins a line all the same.
    const data = torn.has(file) ? Buffer.concat([Buffer.from('\n'), bytes]) : bytes;
    const { handle } = await files.at(file, data.length);
    const { bytesWritten } = await handle.write(data);
    if (bytesWritten === data.length) return torn.delete(file);
    torn.add(file);
    throw problem('ERR_SHORT_WRITE', `${bytesWritten} of ${data.length} bytes were written to ${file}`);
  }

  /** Entries that go into one write: as many as there are, up to a size. */
  function nextBatch(file: string): Buffer {
    const entries = waiting.get(file) ?? [];
    let [count, length] = [1, entries[0]?.length ?? 0];
    for (; count < entries.length && length + entries[count]!.length <= BATCH_BYTES; count++)
      length += entries[count]!.length;
    const batch = entries.splice(0, count);
    return batch.length === 1 ? batch[0]! : Buffer.concat(batch);
  }

  async function writeAll(file: string) {
    while (waiting.get(file)?.length) {
      await write(file, nextBatch(file)).catch((error) => {
        report(error);
        return files.leave(file);
      });
    }
    waiting.delete(file);
    writing.delete(file);
  }

  return {
    async append(entry) {
      const { file } = entry;
      try {
        if (!NAMES.has(file)) throw problem('ERR_LOG_FILE', `no stage log is called ${JSON.stringify(file)}`);
        const bytes = formatEntry(entry);
        const entries = waiting.get(file);
        if (entries) entries.push(bytes);
        else waiting.set(file, [bytes]);
      } catch (error) {
        return report(error);
      }
      if (!writing.has(file)) writing.set(file, writeAll(file));
      await writing.get(file);
    },
    async close() {
      await Promise.all(writing.values());
      await files.close();
    },
  };
}

function throttled(report: (problem: Error) => void, now: () => number): (error: unknown) => void {
  const reports = new Map<string, { at: number; untold: number }>();
  return (thrown) => {
    const error = thrown as NodeJS.ErrnoException;
    const code = error.code ?? error.name;
    const last = reports.get(code);
    if (last && Math.abs(now() - last.at) < REPORT_EVERY_MS) {
      last.untold++;
      return;
    }
    reports.set(code, { at: now(), untold: 0 });
    const more = last?.untold ? ` (and ${last.untold} times since the last report)` : '';
    try {
      report(problem(code, `stage log: ${error.message}${more}`, error));
    } catch {
      // A reporter that throws must not fail the run whose answer is being logged.
    }
  };
}

function problem(code: string, message: string, cause?: Error): Error {
  return Object.assign(new Error(message, { cause }), { code });
}
