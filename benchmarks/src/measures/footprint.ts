import { countCommands, watchCommands } from '@codegen/testing/redis/command-watch';
import { stateOf } from '../machine/redis.ts';
import type { Measure } from './measure.ts';
import { COMPLEX } from './queries.ts';

const WATCHED = { quick: 10, full: 40 };
const KEPT = { quick: 50, full: 400 };

/** What a complex run asks of Redis, and what it leaves there. */
export const footprint: Measure = {
  key: 'B',
  title: 'commands and round trips to Redis per complex run; bytes and keys it leaves there',
  peers: ['ours', 'bullmq', 'bullmq-steps'],
  async measure(open, scale) {
    await using bench = await open({ pace: { latencyMs: 0 } });
    const { store } = bench;
    const job = { url: bench.system.url, query: COMPLEX };
    await bench.load.drive({ ...job, atOnce: 4, until: { requests: 30 } });

    const runs = WATCHED[scale];
    await using watch = await watchCommands(store?.url ?? '');
    await bench.load.drive({ ...job, atOnce: 1, until: { requests: runs } });
    const { sent, roundTrips, executed } = countCommands(await watch.seen());
    await watch[Symbol.asyncDispose]();

    const kept = KEPT[scale];
    const before = await stateOf(store);
    await bench.load.drive({ ...job, atOnce: 8, until: { requests: kept } });
    const after = await stateOf(store);
    return {
      roundTrips: roundTrips / runs,
      commandsSent: sent / runs,
      commandsExecuted: executed / runs,
      kbKept: (after.bytes - before.bytes) / kept / 1_024,
      keysKept: (after.keys - before.keys) / kept,
      kbIn: (after.received - before.received) / kept / 1_024,
      kbOut: (after.said - before.said) / kept / 1_024,
      kbAppended: (after.appended - before.appended) / kept / 1_024,
    };
  },
};
