import type { Fault } from './fault.ts';

/** Longer than a lock lasts and the next look for stages that are nobody's. */
const HUNG_MS = 13_000;

export const workerHung: Fault = {
  name: 'worker-hung',
  what: 'the event loop of a worker is blocked for longer than its locks last',
  async strike({ site, ledger, random }) {
    const worker = random.pick(site.workers);
    const over = ledger.incident('hung', worker.name);
    await worker.order({ kind: 'block', ms: HUNG_MS });
    over();
  },
};
