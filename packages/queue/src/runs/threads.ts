import { continueRun, countOlder, DEFAULT_CONTEXT_TOKENS } from '@codegen/pipeline';
import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { loadScripts } from '../redis/scripts.ts';
import { idsBefore, type RunCursor } from './run-list.ts';
import type { RunStore } from './run-store.ts';
import type { StoredRun } from './stored-run.ts';
import type { NewRun, Submission, SubmitOptions } from './submission.ts';

/** A thread in a list. */
export interface ThreadEntry {
  readonly id: string;
  /** Number of its runs. */
  readonly size: number;
  /** Its oldest run that is kept. */
  readonly first: StoredRun;
  readonly newest: StoredRun;
}

export interface ThreadPage {
  readonly threads: readonly ThreadEntry[];
  /** Start of the next page; null if there is none. */
  readonly next: RunCursor | null;
}

export interface Thread {
  /** The newest runs, oldest first. */
  readonly runs: readonly StoredRun[];
  /** Number of older runs that are not in `runs`. */
  readonly omitted: number;
}

/** Maximum number of runs of a thread that are read. */
const MAX_RUNS = 200;

export type Threads = ReturnType<typeof createThreads>;

/** Threads: chains of runs. Each run continues an earlier one of the same caller. */
export function createThreads(
  redis: Connection,
  keys: Keys,
  store: RunStore,
  contextTokens = DEFAULT_CONTEXT_TOKENS,
) {
  const scripts = loadScripts(redis, 'runs', ['rememberAnswer']);

  /** Ids of the runs of a thread, oldest first. A thread of one run has no set. */
  async function idsOf(thread: string, from: number, to: number): Promise<string[]> {
    const ids = await redis.zrange(keys.thread(thread), String(from), String(to));
    return ids.length > 0 ? ids : [thread];
  }

  async function entryOf(id: string): Promise<ThreadEntry | null> {
    const [size, [first = id], [newest = id]] = await Promise.all([
      redis.zcard(keys.thread(id)),
      idsOf(id, 0, 0),
      idsOf(id, -1, -1),
    ]);
    const [firstRun, newestRun] = await Promise.all([first, newest].map((run) => store.loadWithUsage(run)));
    // Deleted meanwhile.
    if (!firstRun || !newestRun) return null;
    return { id, size: Math.max(1, size), first: firstRun, newest: newestRun };
  }

  return {
    /**
     * The new run with the thread of its predecessor, and with what it starts from.
     * @returns the kind of the submission if there is no such predecessor
     */
    async continue(
      run: NewRun,
      previousJobId: string,
      { caller, files = [] }: SubmitOptions,
    ): Promise<NewRun | Submission['kind']> {
      const previous = await store.load(previousJobId);
      if (previous?.caller !== caller) return 'no-predecessor';
      if (previous.outcome === null) return 'unfinished-predecessor';
      const beginning = continueRun(previous, { conversation: run.conversation, files });
      const olderCount = countOlder(beginning, contextTokens);
      return { ...run, ...beginning, olderCount, threadId: previous.threadId };
    },

    /** Threads of a caller, those with the newest runs first. */
    async list(caller: string, before: RunCursor | null, limit: number): Promise<ThreadPage> {
      const cursors = await idsBefore(redis, keys.threads(caller), before, limit + 1);
      const page = cursors.slice(0, limit);
      const entries = await Promise.all(page.map(({ id }) => entryOf(id)));
      return {
        threads: entries.filter((entry) => entry !== null),
        next: cursors.length > limit ? (page.at(-1) ?? null) : null,
      };
    },

    /** The runs of a caller's thread; null if there is none. */
    async load(id: string, caller: string): Promise<Thread | null> {
      const [size, ids] = await Promise.all([redis.zcard(keys.thread(id)), idsOf(id, -MAX_RUNS, -1)]);
      const loaded = await Promise.all(ids.map((run) => store.loadWithUsage(run)));
      const runs = loaded.filter((run) => run?.caller === caller && run.threadId === id) as StoredRun[];
      return runs.length === 0 ? null : { runs, omitted: Math.max(0, size - MAX_RUNS) };
    },

    /** Ids of the runs of a thread, oldest first. */
    ids: (id: string) => idsOf(id, 0, -1),

    /**
     * Remembers that a run gave the last answer of a conversation, for clients that send conversations whole.
     * @param conversation digest of the caller and of the conversation with the answer
     */
    async rememberAnswer(id: string, conversation: string) {
      await scripts.rememberAnswer([keys.run(id), keys.answered(conversation)], [id]);
    },

    /** The run that gave the last answer of a conversation, or null. It may be gone. */
    findAnswer: (conversation: string): Promise<string | null> => redis.get(keys.answered(conversation)),
  };
}
