import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.ts';
import { setRules } from './model-rules.ts';

/** Well within the grace period, and long enough for two signals not to be taken for one. */
const APART_MS = 100;

export const signalTwice: Fault = {
  name: 'signal-twice',
  what: 'SIGTERM of a worker whose models hang, and another one before its grace period is over',
  async strike({ site, ledger, random }) {
    const worker = random.pick(site.workers);
    const life = worker.life();
    const reset = await setRules(site, [{ fault: { kind: 'hang' } }]);
    await site.calls.next((call) => call.caller === life.caller && call.fault === 'hang');
    const over = ledger.incident('kill', worker.name);
    life.killed = true;
    life.cutShort = true;
    worker.signal('SIGTERM');
    await sleep(APART_MS);
    worker.signal('SIGTERM');
    await worker.ended();
    await reset();
    await worker.start();
    over();
  },
};
