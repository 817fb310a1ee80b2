import { effect, signal } from '@preact/signals';
import { wantsCalm } from './appearance.ts';
import { serverNow } from './service.ts';
import { isFollowed, view } from './watched-job.ts';

/** Server time in ms, as often as the page shows it. */
export const now = signal(serverNow());

/** Advances the clock while a job runs. */
export function startClock() {
  effect(() => {
    const isRunning = view.value?.isFinished === false;
    // Without a connection, what the page shows is not known to go on.
    if (isRunning && !isFollowed.value) return;
    now.value = serverNow();
    if (!isRunning) return;
    const timer = setInterval(
      () => {
        now.value = serverNow();
      },
      wantsCalm() ? 1_000 : 100,
    );
    return () => clearInterval(timer);
  });
}
