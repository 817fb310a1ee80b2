import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.ts';

export const redisPaused: Fault = {
  name: 'redis-paused',
  what: 'SIGSTOP of Redis for longer than a lock lasts',
  where: 'single',
  async strike({ site, ledger }) {
    const { unit } = await site.store.master();
    const over = ledger.incident('away', unit.name);
    unit.signal('SIGSTOP');
    await sleep(10_000);
    unit.signal('SIGCONT');
    over();
  },
};
