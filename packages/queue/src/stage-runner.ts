import {
  attemptStage,
  callsEndAt,
  type Employer,
  type Graph,
  hasEnded,
  type Interruption,
  type Node,
  type StageRecord,
} from '@codegen/pipeline';
import { DelayedError, type Job } from 'bullmq';
import type { Bills } from './bills.ts';
import type { StageJob } from './flow.ts';
import { persist } from './persist.ts';
import type { RunControl } from './run-control.ts';
import type { RunStore, StageView } from './run-store.ts';
import type { Settlements } from './settlements.ts';
import { batchText } from './text-batch.ts';

interface Parts {
  readonly graph: Graph;
  readonly store: RunStore;
  readonly settlements: Settlements;
  readonly control: RunControl;
  readonly employer: Employer;
  readonly bills: Bills;
}

export interface StageRunner {
  /** @returns the stage's record as it now is, or null if the run needs this stage no more. */
  perform(job: Job<StageJob>, token: string | undefined): Promise<StageRecord | null>;
  /** Aborts the calls in hand and puts their stages back into the queue. */
  handBack(): void;
}

/** Milliseconds after which a stage that this worker does not know is offered again. */
const STRANGE_STAGE_MS = 2_000;

/** The longest a timer can be set to. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Carries out one step of one stage: reads what it needs, takes the step, writes what came of it. */
export function openStageRunner({ graph, store, settlements, control, employer, bills }: Parts): StageRunner {
  const inHand = new Set<(why: Interruption) => void>();
  let closing = false;

  return {
    async perform(job, token) {
      const { run } = job.data;
      const node = graph.find(job.name);
      if (node === undefined) return leaveToOthers(job, token);
      // Watched before it is read: a run that is settled in between is not missed.
      using watched = watch(run);
      const view = await viewOf(node, run);
      if (view === null || view.settled) return null;
      watched.endAt(callsEndAt(view.terms));
      const record = hasEnded(view.own) ? view.own : await step(node, run, view, watched.signal);
      if (hasEnded(record)) {
        await control.advance(run, record);
        return record;
      }
      await job.moveToDelayed(record.retryAt ?? employer.now(), token);
      throw new DelayedError();
    },
    handBack() {
      closing = true;
      for (const interrupt of inHand) interrupt('handed back');
    },
  };

  async function viewOf(node: Node, run: string): Promise<StageView | null> {
    const view = await store.viewFor(node, run, employer.models(node.stage.role));
    if (view === null || view.settled || Object.values(view.inputs).every(hasEnded)) return view;
    await control.endLost(run, node);
    return store.viewFor(node, run, employer.models(node.stage.role));
  }

  /** A stage that only newer or older workers know, while one version takes over from another. */
  async function leaveToOthers(job: Job<StageJob>, token: string | undefined): Promise<never> {
    employer.onFault?.(
      new Error(`this worker knows no stage ${JSON.stringify(job.name)} and leaves it to others`),
    );
    await job.moveToDelayed(employer.now() + STRANGE_STAGE_MS, token);
    throw new DelayedError();
  }

  async function step(node: Node, run: string, view: StageView, signal: AbortSignal): Promise<StageRecord> {
    const { stage } = node;
    const inputs = node.inputs.map(({ stage: { name } }) => ({
      stage: name,
      output: view.inputs[name]?.output ?? null,
    }));
    const context = { conversation: view.conversation, seed: view.seed, inputs };
    // Neither is awaited: the connection keeps the order, and a lost "running" is put right by the next record.
    const onCall = (record: StageRecord) => {
      store.putStage(run, record).catch(() => {});
    };
    const deltas = batchText((text) => {
      store.tell(run, { type: 'stage.delta', stage: stage.name, text }).catch(() => {});
    });

    const attempt = {
      run,
      stage,
      context,
      previous: view.own,
      holds: view.holds,
      terms: view.terms,
      spent: view.spent,
      onCall,
      onText: deltas.add,
    };
    const record = await attemptStage(attempt, employer, signal).finally(deltas.flush);
    await holdBack(record);
    if (await persist(() => store.putStage(run, record))) {
      bills.ask(run, record);
      return record;
    }
    // Somebody else ended the stage: what is on record counts.
    return (await store.viewFor(node, run, []))?.own ?? record;
  }

  /** A signal that aborts when the run is settled by somebody else, is out of time, or this worker hands it back. */
  function watch(run: string) {
    const controller = new AbortController();
    const interrupt = (why: Interruption) => controller.abort(why);
    if (closing) interrupt('handed back');
    inHand.add(interrupt);
    const stop = settlements.listen(run, () => interrupt('run settled'));
    let timer: NodeJS.Timeout | undefined;
    return {
      signal: controller.signal,
      /** @param at ms since 1970, or infinity */
      endAt(at: number) {
        const ms = at - employer.now();
        if (ms <= LONGEST_TIMER_MS) timer = setTimeout(() => interrupt('time is up'), Math.max(0, ms));
      },
      [Symbol.dispose]() {
        inHand.delete(interrupt);
        clearTimeout(timer);
        stop();
      },
    };
  }

  /** What this stage learned about a model spares the others a call. */
  async function holdBack({ calls }: StageRecord) {
    const last = calls.at(-1);
    const wait = last?.failure?.code === 'rate-limited' ? last.failure.retryAfterMs : undefined;
    if (last && wait) await persist(() => store.hold(last.model, employer.now() + wait));
  }
}
