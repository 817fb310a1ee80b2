import { until } from '../until.ts';
import type { Fault } from './fault.ts';

/** Replication does not wait: what the replica had not been sent is lost with the master. */
export const failover: Fault = {
  name: 'failover',
  what: 'kill -9 of the master; the sentinels put the replica in its place, and it comes back as the replica',
  where: 'sentinel',
  async strike({ site, ledger }) {
    const old = await site.store.master();
    const lost = ledger.incident('loss', old.unit.name);
    const over = ledger.incident('away', old.unit.name);
    await old.unit.kill();
    await until('the replica is the master', async () => (await site.store.master()) !== old);
    over();
    lost();
    await old.unit.start();
    await until('the old master is the replica', async () =>
      (await old.say('INFO', 'replication')).includes('master_link_status:up'),
    );
  },
};
