import {
  callsEndAt,
  type Employer,
  type Graph,
  hasEnded,
  type Interruption,
  type Node,
} from '@codegen/pipeline';
import { DelayedError, type Job, WaitingChildrenError } from 'bullmq';
import type { RunStore } from '../jobs/run-store.ts';
import type { Settlements } from '../jobs/settlements.ts';
import { type Flows, isLastTry, RUN, type StageJob } from './flow.ts';
import { PutOff } from './put-off.ts';
import type { Room } from './room.ts';
import { openRunView, RunOver, type RunView } from './run-view.ts';
import { JOB_LOST, JobLost } from './stage-runner.ts';
import type { Hold, StrandRunner } from './strand-runner.ts';

interface Parts {
  readonly graph: Graph;
  readonly store: RunStore;
  readonly flows: Flows;
  readonly settlements: Settlements;
  readonly strands: StrandRunner;
  readonly employer: Employer;
  /** Milliseconds for which a job is its worker's own. */
  readonly lockMs: number;
}

export interface JobRunner {
  /**
   * Carries out a job of BullMQ. Rejects with what BullMQ takes for "not now", or with a fault of ours.
   * @param room of the worker that took it
   */
  perform(job: Job<StageJob>, token: string | undefined, room: Room): Promise<void>;
  /** Aborts the calls in hand and puts their jobs back into the queue. */
  handBack(): void;
  /** With which a job in hand was taken; undefined if it is not in hand. */
  tokenOf(job: string): string | undefined;
  /** Stops work on a job that was given to another worker, because this one seemed to be gone. */
  lose(job: string): void;
}

interface InHand {
  readonly token: string;
  readonly interrupt: (why: Interruption | typeof JOB_LOST) => void;
}

/** Milliseconds after which a stage that this worker does not know is offered again. */
const STRANGE_STAGE_MS = 2_000;

/** Workers a job may outlive. Its stages are given up one by one before; this ends what dies before any call. */
const MOST_STALLS = 8;

/** The longest a timer can be set to. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function openJobRunner({
  graph,
  store,
  flows,
  settlements,
  strands,
  employer,
  lockMs,
}: Parts): JobRunner {
  const inHand = new Map<string, InHand>();
  let closing = false;

  return {
    async perform(job, token = '', room) {
      const { id: name = '', data } = job;
      const node = job.name === RUN ? null : graph.find(job.name);
      if (node === undefined) return leaveToOthers(job, token);
      // Watched before it is read: a run that is settled in between is not missed.
      using watched = watch(data.run, name, token);
      using _lock = keepLock(job, token);
      using _strand = room.enter();
      const { signal } = watched;
      const run = await store.load(data.run);
      let isAlone = false;
      const join = async () => {
        if (isAlone) return;
        watched.letGo();
        if (await job.moveToWaitingChildren(token)) throw new WaitingChildrenError();
        watched.hold();
        isAlone = true;
      };
      const fork = async (nodes: readonly Node[]) => {
        isAlone = false;
        await flows.fork(job, data.run, nodes);
      };
      if (run === null) return join();
      watched.endAt(callsEndAt(run.terms));
      const view = openRunView(store, run, name.slice(data.run.length + 1) || RUN);
      // What killed the last worker should not take the other branch with it once more.
      const spare = job.stalledCounter === 0 ? room : null;
      const hold: Hold = { job, view, room: spare, signal, fork, join };
      try {
        if (run.settled !== null) throw new RunOver();
        if (job.stalledCounter >= MOST_STALLS) return await abandon(job, view);
        if (node === null) await strands.conduct(hold);
        else await strands.carry(node, hold);
        await view.save();
      } catch (error) {
        if (error instanceof RunOver) return await leave(view, join);
        if (error instanceof PutOff) return await putOff(job, token, view, error.until, watched.letGo);
        if (error instanceof WaitingChildrenError || error instanceof JobLost) throw error;
        if (isLastTry(job)) await abandon(job, view);
        throw error;
      }
    },
    handBack() {
      closing = true;
      for (const { interrupt } of inHand.values()) interrupt('handed back');
    },
    tokenOf: (job) => inHand.get(job)?.token,
    lose(job) {
      const held = inHand.get(job);
      if (held === undefined) return;
      employer.onFault?.(new Error(`job ${job} was taken for lost and given to another worker`));
      held.interrupt(JOB_LOST);
    },
  };

  /**
   * BullMQ renews locks by the job's id. When a job is taken again by the worker that has just put it off, what ends the
   * first taking stops the renewal for the second, and its lock would run out. So such a job renews its own.
   */
  function keepLock(job: Job<StageJob>, token: string): Disposable {
    const renew = () => void job.extendLock(token, lockMs).catch(() => {});
    const timer = job.attemptsStarted > 1 ? setInterval(renew, lockMs / 4) : undefined;
    return { [Symbol.dispose]: () => clearInterval(timer) };
  }

  /** A job cannot end before its children; they have nothing to do any more. */
  async function leave(view: RunView, join: Hold['join']) {
    await view.save().catch(() => {});
    if (view.run.forked.length > 0) await join();
  }

  async function putOff(
    job: Job<StageJob>,
    token: string,
    view: RunView,
    until: number,
    letGo: () => void,
  ): Promise<never> {
    await view.save();
    letGo();
    await job.moveToDelayed(until, token);
    throw new DelayedError();
  }

  /** Nobody waits for the job of a run but the person who asked. A strand's end is found out by who waits for it. */
  async function abandon(job: Job<StageJob>, view: RunView) {
    if (job.name !== RUN) return;
    const stage =
      Object.values(view.run.stages).findLast((record) => !hasEnded(record))?.stage ?? graph.entry.stage.name;
    const detail = 'the service failed to carry out this request';
    const settled = { status: 'failed', stage, code: 'internal', detail, degraded: [] } as const;
    await store.settle(view.run.id, settled, employer.now());
  }

  /** A stage that only newer or older workers know, while one version takes over from another. */
  async function leaveToOthers(job: Job<StageJob>, token: string): Promise<never> {
    employer.onFault?.(
      new Error(`this worker knows no stage ${JSON.stringify(job.name)} and leaves it to others`),
    );
    await job.moveToDelayed(employer.now() + STRANGE_STAGE_MS, token);
    throw new DelayedError();
  }

  /** A signal that aborts when the run is settled by somebody else or out of time, or the job is to be let go of. */
  function watch(run: string, job: string, token: string) {
    const controller = new AbortController();
    const interrupt: InHand['interrupt'] = (why) => controller.abort(why);
    const hold = () => {
      inHand.set(job, { token, interrupt });
      if (closing) interrupt('handed back');
    };
    hold();
    let timer: NodeJS.Timeout | undefined;
    const stop = settlements.listen(run, () => interrupt('run settled'));
    return {
      signal: controller.signal,
      hold,
      /** @param at ms since 1970, or infinity */
      endAt(at: number) {
        const ms = at - employer.now();
        if (ms <= LONGEST_TIMER_MS) timer = setTimeout(() => interrupt('time is up'), Math.max(0, ms));
      },
      /** From now on it is no loss if the job is not this worker's any more. */
      letGo: () => void inHand.delete(job),
      [Symbol.dispose]() {
        clearTimeout(timer);
        inHand.delete(job);
        stop();
      },
    };
  }
}
