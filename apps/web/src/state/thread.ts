import type { Turn } from '@codegen/contract';
import { computed, effect, signal } from '@preact/signals';
import { service } from './service.ts';
import { job } from './watched-job.ts';

/** The turns of the thread that the job on the page belongs to, oldest first. */
export const turns = signal<readonly Turn[]>([]);

/** What the thread is called: the request that began it. */
export const threadTitle = computed(() => {
  const current = job.value;
  const [first] = turns.value;
  return first !== undefined && current?.threadId === first.jobId ? first.request : (current?.query ?? '');
});

/** Reads the thread again when the job on the page or its status changes. */
export function startThread() {
  let last = '';
  effect(() => {
    const current = job.value;
    if (current === null) {
      last = '';
      turns.value = [];
      return;
    }
    const { id, status, threadId } = current;
    const next = `${id} ${status}`;
    if (next === last) return;
    last = next;
    service()
      .thread(threadId)
      .then(
        (thread) => {
          if (job.peek()?.threadId === threadId) turns.value = thread.turns;
        },
        // Without the thread, the page shows the job alone.
        () => {},
      );
  });
}
