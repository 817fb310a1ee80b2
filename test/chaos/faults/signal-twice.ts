import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.ts';

export const signalTwice: Fault = {
  name: 'signal-twice',
  what: 'SIGTERM of a worker and, before it can have come to its end, another one',
  async strike({ site, ledger, random }) {
    const worker = random.pick(site.workers);
    const life = worker.life();
    const isHit = (call: { status: string; caller: string }) =>
      call.status === 'open' && call.caller === life.caller;
    await site.calls.next(isHit);
    const over = ledger.incident('kill', worker.name);
    life.killed = true;
    life.cutShort = true;
    worker.signal('SIGTERM');
    await sleep(50);
    worker.signal('SIGTERM');
    await worker.ended();
    await worker.start();
    over();
  },
};
