import { randomUUID } from 'node:crypto';
import { Job, Queue, QueueEvents } from 'bullmq';
import { countWorkers } from '../presence/worker-heartbeats.ts';
import { connectBlocking, connectFailFast, sanitizeError } from '../redis/connection.ts';
import { programKeys } from '../redis/keys.ts';
import { PROGRAMS } from './program-worker.ts';

export interface ProgramQueueOptions {
  readonly redisUrl: string;
  readonly namespace: string;
  /** Time for a program, with its time in the queue, in ms. */
  readonly timeoutMs?: number;
}

/** No sandbox service has run the program. The message says why. */
export class ProgramsUnavailable extends Error {
  override readonly name = 'ProgramsUnavailable';
}

export interface ProgramQueue {
  /**
   * Lets a sandbox service run a program.
   * @returns what the service replies. It comes from another machine: validate it
   * @throws ProgramsUnavailable, or the reason of `signal`
   */
  run(program: object, signal: AbortSignal): Promise<unknown>;
  /** Resolves when Redis is connected. Before, programs are refused. */
  connected(): Promise<void>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 60_000;
/** Interval of the check whether a program has ended whose event was missed, in ms. */
const CHECK_MS = 2_000;
/** Age at which results are deleted that their client has not deleted, in ms. */
const LEFT_OVER_MS = 120_000;
const MAX_LEFT_OVER = 1_000;

/** The queue of programs, as seen by a worker of stages. */
export function createProgramQueue(options: ProgramQueueOptions): ProgramQueue {
  const { redisUrl, namespace, timeoutMs = TIMEOUT_MS } = options;
  const keys = programKeys(namespace);
  const redis = connectFailFast(redisUrl);
  const subscriptions = connectBlocking(redisUrl);
  const settings = { prefix: keys.prefix, streams: { events: { maxLen: 100 } } };
  const queue = new Queue(PROGRAMS, { ...settings, connection: redis });
  const events = new QueueEvents(PROGRAMS, { prefix: keys.prefix, connection: subscriptions });
  // Lost connections show in failed commands.
  queue.on('error', () => {});
  events.on('error', () => {});
  /** Programs that this process waits for: each checks whether its own has ended. */
  const waiting = new Map<string, () => void>();
  const onEnd = ({ jobId }: { jobId: string }) => waiting.get(jobId)?.();
  events.on('completed', onEnd).on('failed', onEnd);
  const checks = setInterval(() => {
    for (const check of waiting.values()) check();
  }, CHECK_MS).unref();
  const cleaning = setInterval(() => {
    for (const state of ['completed', 'failed'] as const)
      queue.clean(LEFT_OVER_MS, MAX_LEFT_OVER, state).catch(() => {});
  }, LEFT_OVER_MS).unref();

  /** Resolves with the reply to a program. */
  function replyTo(id: string, signal: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const check = async () => {
        const job = await Job.fromId(queue, id);
        if (job === undefined) throw new ProgramsUnavailable('the program was removed from its queue');
        if (job.failedReason) throw new ProgramsUnavailable(String(job.failedReason).slice(0, 300));
        if (job.finishedOn) resolve(job.returnvalue);
      };
      waiting.set(id, () => void check().catch(reject));
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      if (signal.aborted) reject(signal.reason);
    });
  }

  return {
    async run(program, signal) {
      const id = randomUUID();
      const timeout = AbortSignal.timeout(timeoutMs);
      try {
        const { [PROGRAMS]: services = 0 } = await countWorkers(redis, keys, [PROGRAMS]);
        if (services === 0) throw new ProgramsUnavailable('no sandbox service is running');
        const reply = replyTo(id, AbortSignal.any([signal, timeout]));
        // Without it, a rejection before the program is added would end the process.
        reply.catch(() => {});
        await queue.add(PROGRAMS, program, { jobId: id });
        return await reply;
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (timeout.aborted)
          throw new ProgramsUnavailable(`no sandbox service has run the program in ${timeoutMs / 1_000} s`);
        if (error instanceof ProgramsUnavailable) throw error;
        throw new ProgramsUnavailable(`the queue of programs failed: ${sanitizeError(error).message}`);
      } finally {
        waiting.delete(id);
        // A program that is running stays until it is cleaned.
        queue.remove(id).catch(() => {});
      }
    },
    async connected() {
      await Promise.all([queue.waitUntilReady(), events.waitUntilReady()]);
    },
    async close() {
      clearInterval(checks);
      clearInterval(cleaning);
      redis.disconnect();
      subscriptions.disconnect();
      await Promise.allSettled([events.close(), queue.close()]);
    },
  };
}
