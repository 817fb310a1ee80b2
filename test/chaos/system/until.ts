import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Polls until `condition` returns true; errors count as false. The default timeout only ends what hangs: on a loaded machine a
 * process takes more than a minute to start. @throws Error with `what` after `timeoutMs`
 */
export async function waitUntil(
  what: string,
  condition: () => unknown,
  { timeoutMs = 300_000, everyMs = 20 }: { readonly timeoutMs?: number; readonly everyMs?: number } = {},
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      if (await condition()) return;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline)
      throw new Error(`timeout after ${timeoutMs / 1_000} s: ${what}`, { cause: last });
    await sleep(everyMs);
  }
}
