import { setTimeout as sleep } from 'node:timers/promises';
import { completeRequest } from '../client/client.ts';
import { markerIn, markerOf } from '../client/requests.ts';
import type { Fault, Scenario } from './fault.ts';

/** Only ends what hangs: three workers are lost and restarted, which takes minutes on a loaded machine. */
const TIMEOUT_MS = 600_000;
/** Above the markers of the load. */
const FIRST_MARKER = 900_000;
const STAGE = 'generate.direct';
const PAUSE_MS = 2_000;
let requestCount = 0;

export const poison: Fault = {
  name: 'poison',
  description: 'a stage kills every worker that runs it, until the stage is given up',
  async inject(scenario) {
    // While models are cooling down, the stage may be skipped; then the fault is tried again.
    while (!(await poisonRequest(scenario))) await sleep(PAUSE_MS);
  },
};

/** @returns false if the request finished without killing a worker */
async function poisonRequest({ system, history }: Scenario): Promise<boolean> {
  const marker = markerOf(FIRST_MARKER + requestCount++);
  const record = history.begin({ marker, kind: 'complex', mode: 'poll' });
  const isHit = (call: { request: string; stage: string; status: string }) =>
    markerIn(call.request) === marker && call.stage === STAGE && call.status === 'open';
  let nextCall = system.calls.next(isHit, TIMEOUT_MS).catch(() => null);
  const finished = completeRequest(record, { urls: system.urls, signal: AbortSignal.timeout(TIMEOUT_MS) });
  let kills = 0;
  for (; ; kills++) {
    const call = await Promise.race([nextCall, finished]);
    if (!call) break;
    nextCall = system.calls.next(isHit, TIMEOUT_MS).catch(() => null);
    const worker = system.workers.find((process) => process.run().caller === call.caller);
    if (worker === undefined) throw new Error('the call was made by an unknown worker');
    const end = history.incident('kill', worker.name);
    await worker.kill();
    await worker.start();
    end();
  }
  await finished;
  if (kills === 0) return false;
  if (kills !== 3) record.errors.push(`a stage that kills its worker ran ${kills} times`);
  if (!record.job?.degraded.some(({ code }) => code === 'worker-lost'))
    record.errors.push('a stage that kills its worker is not reported as worker-lost');
  return true;
}
