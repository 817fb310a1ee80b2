import type { Job } from '@codegen/contract';
import { signal } from '@preact/signals';
import { showToast } from '../state/feedback.ts';
import { type JobState, stateOfJob } from '../state/job-view.ts';
import { service } from '../state/service.ts';
import { troubleOf } from '../state/watched-job.ts';

/** A thread, or a job that is alone in its thread. */
export interface Entry {
  readonly job: Job;
  readonly state: JobState;
  readonly turns: number;
}

export type Filter = 'all' | JobState;

/** The jobs that are read at most: the search looks at these. */
const MAX_JOBS = 500;
const PAGE = 100;

export const jobs = signal<readonly Job[]>([]);
export const isReading = signal(false);
export const failure = signal<string | null>(null);

let reading: AbortController | undefined;

/** Reads the caller's jobs, newest first. They appear page by page. */
export async function readJobs() {
  reading?.abort();
  const control = new AbortController();
  reading = control;
  const { signal } = control;
  isReading.value = true;
  failure.value = null;
  const read: Job[] = [];
  try {
    for await (const job of service().list({ limit: PAGE }, { signal })) {
      read.push(job);
      if (read.length % PAGE === 0) jobs.value = [...read];
      if (read.length >= MAX_JOBS) break;
    }
    jobs.value = read;
  } catch (error) {
    if (!signal.aborted) failure.value = troubleOf(error).detail;
  } finally {
    if (reading === control) isReading.value = false;
  }
}

/** The last job of each thread, with the number of its turns. */
export function entriesOf(all: readonly Job[]): Entry[] {
  const threads = Map.groupBy(all, ({ threadId }) => threadId);
  return [...threads.values()].map((turns) => {
    const job = turns[0] as Job;
    return { job, state: stateOfJob(job), turns: turns.length };
  });
}

/** Entries whose request contains all words, in any job of the thread. */
export function search(all: readonly Job[], text: string, filter: Filter): Entry[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (job: Job) => words.every((word) => job.query.toLowerCase().includes(word));
  const found = words.length === 0 ? all : all.filter(matches);
  return entriesOf(found).filter(({ state }) => filter === 'all' || state === filter);
}

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

/** Deletes a job, with all others of its thread. Returns whether it is deleted. */
export async function removeEntry({ job, turns }: Entry): Promise<boolean> {
  try {
    await (turns > 1 ? service().removeThread(job.threadId) : service().remove(job.id));
    jobs.value = jobs.value.filter(({ threadId }) => threadId !== job.threadId);
    return true;
  } catch (error) {
    showToast(troubleOf(error).detail);
    return false;
  }
}

export function dayOf(iso: string): string {
  const date = new Date(iso);
  const today = new Date();
  const days = Math.round((today.setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 86_400_000);
  if (days <= 0) return 'Today';
  return days === 1 ? 'Yesterday' : date.toLocaleDateString('en', { day: 'numeric', month: 'long' });
}
