import type { Job } from '@codegen/contract';
import { signal } from '@preact/signals';
import { announce, showToast } from './feedback.ts';
import { draft, resetOptions } from './request.ts';
import { go, jobPath } from './router.ts';
import { service } from './service.ts';
import { job, type Trouble, troubleOf, view, watchJob } from './watched-job.ts';

/** Why the last request was not accepted; null if it was. */
export const refusal = signal<Trouble | null>(null);
export const isSending = signal(false);

/** Runs something that starts a job, and shows the job. */
export async function begin(start: () => Promise<Job>) {
  isSending.value = true;
  refusal.value = null;
  try {
    const started = await start();
    draft.value = '';
    resetOptions('request');
    watchJob(started.id, started);
    go(jobPath(started.id));
  } catch (error) {
    refusal.value = troubleOf(error);
  } finally {
    isSending.value = false;
  }
}

async function change(act: (id: string) => Promise<Job>, done: string) {
  const id = job.value?.id;
  if (id === undefined) return;
  try {
    const changed = await act(id);
    if (job.value?.id === id) job.value = changed;
    announce(done);
  } catch (error) {
    showToast(troubleOf(error).detail);
  }
}

export async function cancel() {
  if (view.value?.isFinished === false) await change((id) => service().cancel(id), 'Cancelled.');
}

/** Ends the job with its provisional code. */
export async function accept() {
  if (job.value?.provisional)
    await change((id) => service().accept(id), 'Done. The provisional code is the result.');
}
