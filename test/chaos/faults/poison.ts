import { setTimeout as sleep } from 'node:timers/promises';
import { carryThrough } from '../client.ts';
import { markerIn, markerOf } from '../request.ts';
import type { Fault, Scene } from './fault.ts';

const PATIENCE_MS = 120_000;
/** Beyond the markers of the load. */
const FIRST_MARKER = 900_000;
const STAGE = 'generate.direct';
const PAUSE_MS = 2_000;
let doses = 0;

export const poison: Fault = {
  name: 'poison',
  what: 'a request kills every worker that takes one stage of it, until it is given up',
  async strike(scene) {
    // Models that failed a moment ago may be left alone still: then nobody is killed, and it is tried again.
    while (!(await dose(scene))) await sleep(PAUSE_MS);
  },
};

/** @returns false if the request came to its end without killing anybody */
async function dose({ site, ledger }: Scene): Promise<boolean> {
  const marker = markerOf(FIRST_MARKER + doses++);
  const entry = ledger.begin({ marker, kind: 'complex', way: 'poll' });
  const isHit = (call: { request: string; stage: string; status: string }) =>
    markerIn(call.request) === marker && call.stage === STAGE && call.status === 'open';
  let struck = site.calls.next(isHit).catch(() => null);
  const carried = carryThrough(entry, { urls: site.urls, giveUp: AbortSignal.timeout(PATIENCE_MS) });
  let kills = 0;
  for (; ; kills++) {
    const call = await Promise.race([struck, carried]);
    if (!call) break;
    struck = site.calls.next(isHit).catch(() => null);
    const worker = site.workers.find((unit) => unit.life().caller === call.caller);
    if (worker === undefined) throw new Error('nobody known made the call');
    const over = ledger.incident('kill', worker.name);
    await worker.kill();
    await worker.start();
    over();
  }
  await carried;
  if (kills === 0) return false;
  if (kills !== 2) entry.wrong.push(`a stage that kills its worker was tried ${kills} times`);
  if (!entry.job?.degraded.some(({ code }) => code === 'worker-lost'))
    entry.wrong.push('a stage that kills its worker was given up, unsaid');
  return true;
}
