import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.ts';

export const apiKilled: Fault = {
  name: 'api-killed',
  what: 'kill -9 of an API while clients wait at it',
  async strike({ site, ledger, random }) {
    const api = random.pick(site.apis);
    const over = ledger.incident('kill', api.name);
    await api.kill();
    await sleep(random.between(0, 1_000));
    await api.start();
    over();
  },
};
