import { effect } from '@preact/signals';
import { isFolded, isGraphUpright, isLow, isNarrow, isOneColumn } from './appearance.ts';
import { view } from './watched-job.ts';

/**
 * Unfolds the graph for a running job, and folds it where the answer would be out of view: as soon as there is code if
 * the stages stand below each other, else when the job has finished.
 */
export function startFolding() {
  let last = '';
  effect(() => {
    const shown = view.value;
    if (shown === null) {
      last = '';
      isFolded.value = false;
      return;
    }
    const hasCode = shown.isFinished || shown.job.provisional !== null;
    const folds =
      (hasCode && isNarrow()) ||
      (isLow() && ((hasCode && isGraphUpright()) || (shown.isFinished && isOneColumn())));
    const next = `${shown.job.id} ${folds}`;
    if (next === last) return;
    last = next;
    isFolded.value = folds;
  });
}
