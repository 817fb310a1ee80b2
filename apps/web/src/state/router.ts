import { computed, effect, signal } from '@preact/signals';
import { BASE } from './base.ts';
import { resetOptions } from './request.ts';
import { job, unwatch, watchJob } from './watched-job.ts';

const JOB = /^\/jobs\/([\da-f-]{36})$/i;

export const HOME = `${BASE}/`;

export const jobPath = (id: string) => `${BASE}/jobs/${id}`;

const path = signal(location.pathname);

/** Whether the address is that of a page. */
export const isKnownPath = computed(() => path.value === HOME || path.value === BASE);

/** Changes the address and what the page shows. */
export function go(to: string, { replace = false } = {}) {
  history[replace ? 'replaceState' : 'pushState'](null, '', to);
  if (to === HOME) resetOptions('thread');
  path.value = to;
}

/** Lets links to this page work without loading it again. Links with a modifier key keep their meaning. */
export function followLink(event: MouseEvent) {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  go((event.currentTarget as HTMLAnchorElement).pathname);
}

/** Shows the job that the address names. */
export function startRouter() {
  addEventListener('popstate', () => {
    path.value = location.pathname;
  });
  effect(() => {
    const [, id] = JOB.exec(path.value.slice(BASE.length)) ?? [];
    if (id === undefined) unwatch();
    else if (job.peek()?.id !== id) watchJob(id);
  });
}
