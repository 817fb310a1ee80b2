import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until `holds` does; an error counts as not yet. @throws after `timeoutMs`, naming `what` was waited for */
export async function until(
  what: string,
  cooldowns: () => unknown,
  { timeoutMs = 60_000, everyMs = 20 }: { readonly timeoutMs?: number; readonly everyMs?: number } = {},
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      if (await cooldowns()) return;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline)
      throw new Error(`waited ${timeoutMs / 1_000} s in vain: ${what}`, { cause: last });
    await sleep(everyMs);
  }
}
