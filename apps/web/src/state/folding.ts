import { effect } from '@preact/signals';
import { isFolded, isNarrow } from './appearance.ts';
import { view } from './watched-job.ts';

/** Unfolds the graph for a running job. On a narrow page, folds it as soon as there is code, so that it is in view. */
export function startFolding() {
  let last = '';
  effect(() => {
    const shown = view.value;
    const hasAnswer = shown !== null && (shown.isFinished || shown.job.provisional !== null);
    const next = shown === null ? '' : `${shown.job.id} ${hasAnswer}`;
    if (next === last) return;
    last = next;
    isFolded.value = hasAnswer && isNarrow();
  });
}
