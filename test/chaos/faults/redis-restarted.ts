import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.ts';

export const redisRestarted: Fault = {
  name: 'redis-restarted',
  what: 'kill -9 of Redis, which comes back a moment later with what it had written',
  where: 'single',
  async strike({ site, ledger, random }) {
    const { unit } = await site.store.master();
    const over = ledger.incident('away', unit.name);
    await unit.kill();
    await sleep(random.between(200, 2_000));
    await unit.start();
    over();
  },
};
