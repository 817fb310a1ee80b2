import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Employer, Graph, StageRecord } from '@codegen/pipeline';
import { type Job, Worker } from 'bullmq';
import { openRunStore } from '../jobs/run-store.ts';
import type { QueueOptions } from '../jobs/runs.ts';
import { openSettlements } from '../jobs/settlements.ts';
import { openBills } from '../models/bills.ts';
import type { BreakerTurn } from '../models/breakers.ts';
import { type GateOptions, openGate } from '../models/gate.ts';
import { openSweep } from '../presence/attendance.ts';
import { announce } from '../presence/presence.ts';
import { connectPatiently } from '../redis/connection.ts';
import { keysOf } from '../redis/keys.ts';
import { loggable } from '../redis/loggable.ts';
import { openOutbox } from '../webhooks/outbox.ts';
import { openFlows, type StageJob } from './flow.ts';
import { openJobRunner } from './job-runner.ts';
import { openLocks } from './lock.ts';
import { queuesOf } from './queues.ts';
import { Room } from './room.ts';
import { type Keep, openStageRunner } from './stage-runner.ts';
import { openStrandRunner } from './strand-runner.ts';
import { openUpkeep } from './upkeep.ts';

export interface ConsumerOptions extends QueueOptions, GateOptions {
  /** The queues it takes stages from; all by default. */
  readonly queues?: readonly string[];
  /** Stages of each queue at a time in this process; they wait for models, so this may be far above the number of cores. */
  readonly concurrency: number;
  /** Milliseconds for which a stage is a worker's own unless it says that it is still at it. */
  readonly lockMs?: number;
  /** Milliseconds between looks for stages that are nobody's. */
  readonly stallCheckMs?: number;
  /** Milliseconds between looks for runs whose time is over, or that everybody has left. */
  readonly janitorMs?: number;
  /**
   * Told of every answer as it came, whether or not its stage can use it. The run waits for it before anything more of
   * it begins, and before it ends.
   */
  readonly keep?: Keep;
  /** Told of every stage that has ended, of what is left alone or serves again, and of faults; for the service's log. */
  readonly report: (event: ConsumerEvent) => void;
}

export type ConsumerEvent =
  | { readonly kind: 'stage'; readonly run: string; readonly record: StageRecord }
  | ({ readonly kind: 'breaker' } & BreakerTurn)
  | { readonly kind: 'fault'; readonly run?: string; readonly stage?: string; readonly error: Error };

export interface Consumer extends AsyncDisposable {
  /**
   * Takes no more stages and waits for those in hand; after `graceMs` their calls are aborted and the stages go back
   * to the queue. Can be called twice.
   */
  close(graceMs?: number): Promise<void>;
}

// A worker that died is noticed after a lock's length and the next look: a few seconds. A lock is renewed four times
// in its life, so a busy event loop loses it only after seconds of silence, and then the first record to end wins.
const LOCK_MS = 5_000;
const STALL_CHECK_MS = 1_500;

const JANITOR_MS = 5_000;

/** Milliseconds a worker that closes goes on trying to tell Redis so. */
const LAST_WORDS_MS = 3_000;

/** Milliseconds a worker that closes waits for what the calls cost that it broke off. */
const BILLS_MS = 2_000;

/** Takes stages from the queue and carries them out until closed. Resolves when it is ready to take the first. */
export async function startConsumer(
  graph: Graph,
  employer: Employer,
  options: ConsumerOptions,
): Promise<Consumer> {
  const { roleQueues = {}, queues = queuesOf(roleQueues) } = options;
  const { lockMs = LOCK_MS, stallCheckMs = STALL_CHECK_MS, janitorMs = JANITOR_MS } = options;
  const keys = keysOf(options.namespace);
  const redis = connectPatiently(options.redisUrl);
  const subscriber = connectPatiently(options.redisUrl);
  const outbox = openOutbox(redis, keys);
  const store = openRunStore(graph, redis, keys, options, outbox);
  const settlements = openSettlements(subscriber, keys, store.isSettled);
  const flows = openFlows(redis, keys.prefix, roleQueues);
  const told: Employer = {
    onFault: (error) => options.report({ kind: 'fault', error: loggable(error) }),
    ...employer,
  };
  const bills = openBills(store, told);
  const turn = (turned: BreakerTurn) => options.report({ kind: 'breaker', ...turned });
  const gate = openGate({ redis, subscriber, keys, store, employer: told, report: turn }, options);
  const strands = openStrandRunner({
    graph,
    flows,
    stages: openStageRunner({ gate, bills, employer: told, keep: options.keep ?? (async () => {}) }),
    employer: told,
    onEnd: (run, record) => options.report({ kind: 'stage', run, record }),
  });
  const jobs = openJobRunner({ graph, store, flows, settlements, strands, employer: told, lockMs });

  const inHand = new Set<Promise<void>>();
  const take = (room: Room) => (job: Job<StageJob>, token: string | undefined) => {
    const taken = jobs.perform(job, token, room).finally(() => inHand.delete(taken));
    inHand.add(taken);
    return taken;
  };
  const regain = openLocks(redis, keys.prefix, lockMs);
  const workers = queues.map((queue) => {
    const worker = new Worker<StageJob>(queue, take(new Room(options.concurrency)), {
      connection: redis,
      prefix: keys.prefix,
      concurrency: options.concurrency,
      lockDuration: lockMs,
      lockRenewTime: lockMs / 4,
      stalledInterval: stallCheckMs,
      // A job whose worker died is taken over; the runner gives up what kills its workers, stage by stage.
      maxStalledCount: 1_000,
      autorun: false,
    });
    worker.on('lockRenewalFailed', async (ids) => {
      for (const id of ids) {
        const token = jobs.tokenOf(id);
        const isOurs = token !== undefined && (await regain(queue, id, token).catch(() => false));
        // It may have been let go of, or taken anew, since.
        if (!isOurs && jobs.tokenOf(id) === token) jobs.lose(id);
      }
    });
    worker.on('error', (error) => {
      // Said of jobs, too, that were let go of in the same moment; `lose` knows which.
      if (error.message.startsWith('could not renew lock')) return;
      options.report({ kind: 'fault', error: loggable(error) });
    });
    worker.on('failed', (job, error) => {
      const where = job && { run: job.data.run, stage: job.name };
      options.report({ kind: 'fault', error: loggable(error), ...where });
    });
    return worker;
  });
  // Until then they take nothing, but what keeps them from Redis they tell.
  await Promise.all([gate.known, ...workers.map((worker) => worker.waitUntilReady())]);
  for (const worker of workers) worker.run().catch((error) => worker.emit('error', error));
  const name = randomUUID();
  const { longestWaitMs } = employer.policy;
  const upkeep = openUpkeep({ redis, keys, queues, store, flows, longestWaitMs });
  const sweep = openSweep(redis, keys, store);
  const janitor = setInterval(() => {
    for (const look of [upkeep.forgetExpired, upkeep.queueLost, upkeep.recallStrays, sweep])
      look().catch(() => {});
  }, janitorMs).unref();
  const departures = queues.map((queue) => announce(redis, keys, queue, name));

  let closing: Promise<void> | null = null;
  const close = async (graceMs: number) => {
    const timer = setTimeout(() => jobs.handBack(), graceMs);
    const closed = Promise.all(workers.map((worker) => worker.close()));
    // Without Redis it would never be over. Whoever takes the stages then finds out by the locks.
    const over = await Promise.race([
      within(graceMs + LAST_WORDS_MS, closed),
      Promise.allSettled(inHand).then(() => within(LAST_WORDS_MS, closed)),
    ]);
    clearTimeout(timer);
    clearInterval(janitor);
    await bills.close(over ? BILLS_MS : 0);
    await settlements.close();
    gate.close();
    await flows.close();
    await outbox.close();
    const departed = Promise.all(departures.map((depart) => depart().catch(() => {})));
    if (over) await within(LAST_WORDS_MS, departed);
    else for (const worker of workers) void worker.disconnect().catch(() => {});
    redis.disconnect();
  };
  const consumer: Consumer = {
    close(graceMs = 0) {
      closing ??= close(graceMs);
      return closing;
    },
    [Symbol.asyncDispose]: () => consumer.close(),
  };
  return consumer;
}

/** Whether work is over within so many milliseconds; it is not waited for any longer. */
const within = (ms: number, work: Promise<unknown>) =>
  Promise.race([work.then(() => true), sleep(ms, false, { ref: false })]);
