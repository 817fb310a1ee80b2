import type { Job, Thread, Turn } from '@codegen/contract';
import { signal } from '@preact/signals';
import { showToast } from '../state/feedback.ts';
import { type JobState, stateOfJob } from '../state/job-view.ts';
import { service } from '../state/service.ts';
import { troubleOf } from '../state/watched-job.ts';
import type { Entry, ListedJob } from './search.ts';

const PAGE = 100;
/** The jobs that are read without a search. */
const FIRST_JOBS = 200;

export const jobs = signal<readonly ListedJob[]>([]);
export const isReading = signal(false);
/** Whether there are older jobs that have not been read. */
export const hasMore = signal(false);
export const failure = signal<string | null>(null);

let older: AsyncGenerator<Job, void, undefined> | null = null;
let reading = new AbortController();

/** Reads the caller's jobs anew, newest first. They appear page by page. */
export async function readJobs() {
  reading.abort();
  reading = new AbortController();
  isReading.value = false;
  older = service().list({ limit: PAGE }, { signal: reading.signal });
  const read: ListedJob[] = [];
  await readUntil(FIRST_JOBS, read);
  await readPinned();
}

/** Reads on: to the end for a search, else a few hundred jobs. */
export const readOlder = (isSearch: boolean) =>
  readUntil(isSearch ? Number.POSITIVE_INFINITY : jobs.value.length + FIRST_JOBS, [...jobs.value]);

async function readUntil(count: number, read: ListedJob[]) {
  const { signal } = reading;
  const list = older;
  if (list === null || isReading.value) return;
  isReading.value = true;
  failure.value = null;
  try {
    while (read.length < count) {
      const { value, done } = await list.next();
      if (signal.aborted) return;
      if (done) {
        older = null;
        break;
      }
      read.push(listed(value));
      if (read.length % PAGE === 0) jobs.value = [...read];
    }
    jobs.value = read;
    hasMore.value = older !== null;
  } catch (error) {
    if (!signal.aborted) failure.value = troubleOf(error).detail || troubleOf(error).title;
  } finally {
    if (!signal.aborted) isReading.value = false;
  }
}

const listed = (job: Job): ListedJob => {
  const { id, threadId, query, createdAt, cost, route } = job;
  return { id, threadId, query, createdAt, cost, route, state: stateOfJob(job) };
};

/** Reads pinned threads that are older than the jobs that were read. */
async function readPinned() {
  const known = new Set(jobs.value.map(({ threadId }) => threadId));
  const missing = [...pinned.value].filter((id) => !known.has(id));
  const threads = await Promise.all(
    missing.map((id) =>
      service()
        .thread(id)
        .catch(() => null),
    ),
  );
  jobs.value = [...jobs.value, ...threads.flatMap((thread) => (thread ? turnsOf(thread) : []))];
}

const turnsOf = ({ id, turns }: Thread): ListedJob[] =>
  turns.toReversed().map((turn) => ({
    id: turn.jobId,
    threadId: id,
    query: turn.request,
    createdAt: turn.createdAt,
    cost: turn.cost,
    route: turn.route,
    state: stateOfTurn(turn),
  }));

const STATES: Readonly<Record<Job['status'], JobState>> = {
  queued: 'queued',
  running: 'running',
  completed: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
};

export const stateOfTurn = ({ question, status }: Turn): JobState =>
  question === null ? STATES[status] : 'asking';

const KEY = 'codegen.pinned';

const stored = (): string[] => {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(list) ? list.map(String) : [];
  } catch {
    return [];
  }
};

/** Threads that the person keeps at the top, in this browser. */
export const pinned = signal<ReadonlySet<string>>(new Set(stored()));

export function togglePin(thread: string) {
  const next = new Set(pinned.value);
  if (!next.delete(thread)) next.add(thread);
  pinned.value = next;
  localStorage.setItem(KEY, JSON.stringify([...next]));
}

/** Deletes all jobs of a thread, also those that were not read. Returns whether they are deleted. */
export async function removeEntry({ job: { threadId } }: Entry): Promise<boolean> {
  try {
    await service().removeThread(threadId);
    jobs.value = jobs.value.filter((one) => one.threadId !== threadId);
    if (pinned.value.has(threadId)) togglePin(threadId);
    return true;
  } catch (error) {
    const { title, detail } = troubleOf(error);
    showToast(detail || title);
    return false;
  }
}
