import type { Job } from '@codegen/contract';
import { begin, isSending } from '../state/actions.ts';
import { draft, options, requestOf } from '../state/request.ts';
import { service } from '../state/service.ts';
import { job, view } from '../state/watched-job.ts';

/** Sends the draft: as a follow-up of the job on the page, if there is one. */
export async function send() {
  const text = draft.value.trim();
  const isRunning = view.value?.isFinished === false;
  if (text === '' || isSending.value || isRunning) return;
  await start(text, job.value);
}

/** Answers the question of a job. */
export const answerQuestion = (previous: Job, text: string) => start(text, previous);

const start = (text: string, previous: Job | null) =>
  begin(() =>
    service().submit({
      ...requestOf(text, options.value),
      ...(previous !== null && { previousJobId: previous.id }),
    }),
  );
