import { setTimeout as sleep } from 'node:timers/promises';
import { framesOf } from '../../apps/api/test/event-stream.ts';
import type { Entry } from './ledger.ts';

const PAUSE_MS = 150;

/**
 * Follows the events of a job to its end, over as many connections as it takes, each of which goes on after the last
 * event seen. Gives up when the job is not there.
 */
export async function followed(entry: Entry, id: string, url: () => string, giveUp: AbortSignal) {
  let last = 0;
  while (!giveUp.aborted) {
    try {
      const headers = { 'Last-Event-ID': String(last) };
      for await (const frame of framesOf(`${url()}/jobs/${id}/events`, headers)) {
        // What Redis lost is told by a snapshot; without one the sequence has no holes.
        if (frame.type !== 'snapshot' && frame.id !== last + 1)
          entry.wrong.push(`event ${frame.id} came after ${last}`);
        last = frame.id;
        if (frame.type === 'job.finished') return;
      }
    } catch (error) {
      const [, status] = /answered (\d+)/.exec(String(error)) ?? [];
      if (status === '404' || status === '204') return;
      if (status === '503') entry.refusals.push('/problems/queue-unavailable');
      else if (status !== undefined) entry.wrong.push(`an event stream answered ${status}`);
      else entry.broken++;
    }
    await sleep(PAUSE_MS);
  }
}
