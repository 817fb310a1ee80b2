/** Interval at which equal entries of a log are written, in ms. */
const INTERVAL_MS = 60_000;

/** Maximum number of different entries that are counted. */
const MAX_ENTRIES = 1_000;

const UUID = /[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}/gi;

/** Writes an entry. @param repeated how many equal ones were not written before it; 0 for the first */
type Write = (repeated: number) => void;

export interface RepeatLimit {
  /** Writes the first of equal entries at once, and then the latest one once a minute. `text` without ids decides. */
  log(text: string, write: Write): void;
  /** Writes the entries that are only counted so far. */
  flush(): void;
}

/** Limits equal entries of a log to one a minute: a fault that repeats would fill the disk. */
export function createRepeatLimit(intervalMs = INTERVAL_MS): RepeatLimit {
  const entries = new Map<string, { repeated: number; write: Write; timer: NodeJS.Timeout }>();

  const remove = (key: string) => {
    const entry = entries.get(key);
    entries.delete(key);
    clearTimeout(entry?.timer);
    if (entry !== undefined && entry.repeated > 0) entry.write(entry.repeated);
    return entry;
  };
  const start = (key: string, write: Write) => {
    const timer = setTimeout(() => {
      // Counts on as long as the entry repeats.
      if (remove(key)?.repeated) start(key, write);
    }, intervalMs).unref();
    entries.set(key, { repeated: 0, write, timer });
  };

  return {
    log(text, write) {
      const key = text.replace(UUID, '');
      const known = entries.get(key);
      if (known !== undefined) {
        known.repeated++;
        known.write = write;
        return;
      }
      const [oldest] = entries.keys();
      if (entries.size >= MAX_ENTRIES && oldest !== undefined) remove(oldest);
      write(0);
      start(key, write);
    },
    flush() {
      for (const key of [...entries.keys()]) remove(key);
    },
  };
}
