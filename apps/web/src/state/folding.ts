import { effect } from '@preact/signals';
import { isFolded, isNarrow } from './appearance.ts';
import { view } from './watched-job.ts';

/** Unfolds the graph for a running job. On a narrow page, folds it when the job has finished, so that the answer is in view. */
export function startFolding() {
  let last = '';
  effect(() => {
    const shown = view.value;
    const next = shown === null ? '' : `${shown.job.id} ${shown.isFinished}`;
    if (next === last) return;
    last = next;
    isFolded.value = shown?.isFinished === true && isNarrow();
  });
}
