import type { Job } from '@codegen/contract';
import type { JobState } from '../state/job-view.ts';

/** What the list shows of a job. The rest of a job, above all its code, is not kept. */
export interface ListedJob extends Pick<Job, 'id' | 'threadId' | 'query' | 'createdAt' | 'cost' | 'route'> {
  readonly state: JobState;
}

/** A thread: its newest job, under the request that began it. */
export interface Entry {
  readonly job: ListedJob;
  readonly title: string;
  readonly turns: number;
  /** A later request that the search has found; null if the title contains the words. */
  readonly match: string | null;
}

export type Filter = 'all' | JobState;

/** Threads with a request that contains all words, as they stand: filtered by their newest job. */
export function search(all: readonly ListedJob[], text: string, filter: Filter): Entry[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const has = (query: string) => words.every((word) => query.toLowerCase().includes(word));
  const threads = Map.groupBy(all, ({ threadId }) => threadId);
  return [...threads.values()].flatMap((turns) => {
    const [job] = turns;
    const title = turns.at(-1)?.query ?? '';
    const found = turns.find(({ query }) => has(query));
    if (job === undefined || found === undefined || (filter !== 'all' && job.state !== filter)) return [];
    return [{ job, title, turns: turns.length, match: has(title) ? null : found.query }];
  });
}

export function dayOf(iso: string): string {
  const date = new Date(iso);
  const today = new Date();
  const days = Math.round((today.setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 86_400_000);
  if (days <= 0) return 'Today';
  return days === 1 ? 'Yesterday' : date.toLocaleDateString('en', { day: 'numeric', month: 'long' });
}
