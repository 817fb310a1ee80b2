import { effect } from '@preact/signals';
import { dollars } from '../format.ts';
import { announce } from './feedback.ts';
import { hasEnded, type StageState } from './stages.ts';
import { threadTitle } from './thread.ts';
import { view } from './watched-job.ts';

/** Announces the ends of stages and of the job to screen readers, and shows the state in the tab's title. */
export function startAnnouncements() {
  let job = '';
  let wasFinished = true;
  const states = new Map<string, StageState>();
  effect(() => {
    const shown = view.value;
    document.title =
      shown === null
        ? 'Codegen'
        : `${shown.isFinished ? '' : '… '}${threadTitle.value.slice(0, 60)} – Codegen`;
    if (shown === null) return;
    const isSame = job === shown.job.id;
    if (!isSame) states.clear();
    for (const { name, state } of shown.stages.values()) {
      if (isSame && hasEnded(state) && states.get(name) !== state) announce(`${name}: ${state}`);
      states.set(name, state);
    }
    if (isSame && shown.isFinished && !wasFinished)
      announce(`Job ${shown.job.status}. ${dollars(shown.job.cost)}.`);
    job = shown.job.id;
    wasFinished = shown.isFinished;
  });
}
