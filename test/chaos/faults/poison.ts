import { carryThrough } from '../client.ts';
import { markerIn, markerOf } from '../request.ts';
import type { Fault } from './fault.ts';

const PATIENCE_MS = 120_000;
/** Beyond the markers of the load. */
const FIRST_MARKER = 900_000;
const STAGE = 'generate.direct';
let doses = 0;

export const poison: Fault = {
  name: 'poison',
  what: 'a request kills every worker that takes one stage of it, until it is given up',
  async strike({ site, ledger }) {
    const marker = markerOf(FIRST_MARKER + doses++);
    const entry = ledger.begin({ marker, kind: 'complex', way: 'poll' });
    const carried = carryThrough(entry, { urls: site.urls, giveUp: AbortSignal.timeout(PATIENCE_MS) });
    const isHit = (call: { request: string; stage: string; status: string }) =>
      markerIn(call.request) === marker && call.stage === STAGE && call.status === 'open';
    for (let kills = 0; kills < 2; kills++) {
      const { caller } = await site.calls.next(isHit);
      const worker = site.workers.find((unit) => unit.life().caller === caller);
      if (worker === undefined) throw new Error('nobody known made the call');
      const over = ledger.incident('kill', worker.name);
      await worker.kill();
      await worker.start();
      over();
    }
    await carried;
    const times = site.calls.of(marker).filter(({ stage }) => stage === STAGE).length;
    if (times !== 2) entry.wrong.push(`a stage that kills its worker was tried ${times} times`);
    if (!entry.job?.degraded.some(({ code }) => code === 'worker-lost'))
      entry.wrong.push('a stage that kills its worker was given up, unsaid');
  },
};
