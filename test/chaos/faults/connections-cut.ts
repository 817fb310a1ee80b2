import type { Fault } from './fault.ts';

export const connectionsCut: Fault = {
  name: 'connections-cut',
  what: 'CLIENT KILL of every connection to Redis',
  async strike({ site, ledger }) {
    const redis = await site.store.master();
    const over = ledger.incident('away', redis.unit.name);
    for (const type of ['normal', 'pubsub']) await redis.say('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes');
    over();
  },
};
