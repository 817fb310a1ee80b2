import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.ts';

export const memoryFull: Fault = {
  name: 'memory-full',
  what: 'Redis is at its memory limit and takes no writes (noeviction)',
  async strike({ site, ledger, brief }) {
    const redis = await site.store.master();
    const over = ledger.incident('away', redis.unit.name);
    await redis.say('CONFIG', 'SET', 'maxmemory', '1mb');
    await sleep(brief ? 2_000 : 5_000);
    await redis.say('CONFIG', 'SET', 'maxmemory', '0');
    over();
  },
};
