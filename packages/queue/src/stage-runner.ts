import {
  attemptStage,
  type Employer,
  hasEnded,
  lostStage,
  type Node,
  type StageRecord,
} from '@codegen/pipeline';
import type { Bills } from './bills.ts';
import type { Holds } from './holds.ts';
import { persist } from './persist.ts';
import type { RunStore } from './run-store.ts';
import type { RunView } from './run-view.ts';
import { batchText } from './text-batch.ts';

interface Parts {
  readonly store: RunStore;
  readonly holds: Holds;
  readonly bills: Bills;
  readonly employer: Employer;
}

export interface StageRunner {
  /**
   * Takes a stage one step further and puts what came of it into the view.
   * @param signal aborts with an Interruption, or with `JOB_LOST`
   * @throws JobLost
   */
  step(view: RunView, node: Node, signal: AbortSignal): Promise<StageRecord>;
  /** Ends a stage whose workers were lost, with what stands in for it. */
  give(view: RunView, node: Node): StageRecord;
}

/** The job was given to another worker, because this one seemed to be gone: all that is left is to stop. */
export class JobLost extends Error {
  override readonly name = 'JobLost';
}

/** What a signal aborts with then. */
export const JOB_LOST = 'job lost';

/** Workers that may die with a stage in hand; the stage that killed them is then given up. */
const MOST_LOST = 2;

export function openStageRunner({ store, holds, bills, employer }: Parts): StageRunner {
  return {
    async step(view, node, signal) {
      const { stage } = node;
      const previous = view.run.stages[stage.name];
      if (lostCalls(previous) >= MOST_LOST) {
        const what = `stage ${stage.name} of run ${view.run.id} took ${MOST_LOST} workers with it and is given up`;
        employer.onFault?.(new Error(what));
        return this.give(view, node);
      }
      const deltas = batchText(
        (text) => view.add({ kind: 'event', event: { type: 'stage.delta', stage: stage.name, text } }),
        () => view.save().catch(() => {}),
      );
      const onCall = (record: StageRecord) => {
        const waits = view.isUnsaved;
        view.put(record);
        const saved = view.save();
        // A stage that has ended is on record before the next one's call costs anything. A lost "running" is put right
        // by the next record.
        if (waits) return saved;
        saved.catch(() => {});
      };
      const { terms, id } = view.run;
      const attempt = {
        run: id,
        stage,
        context: view.contextOf(node),
        previous,
        holds: holds.current,
        terms,
        spent: view.spent,
        onCall,
        onText: deltas.add,
      };
      const record = await attemptStage(attempt, employer, signal).finally(deltas.flush);
      if (signal.reason === JOB_LOST) throw new JobLost();
      view.put(record);
      bills.ask(id, record);
      await holdBack(record);
      return record;
    },

    give(view, node) {
      const { stage } = node;
      const previous = view.run.stages[stage.name];
      const attempt = { run: view.run.id, stage, context: view.contextOf(node), previous };
      const record = lostStage(attempt, employer.now());
      view.put(record);
      return record;
    },
  };

  /** What this stage learned about a model spares the others a call. */
  async function holdBack({ calls }: StageRecord) {
    const last = calls.at(-1);
    const wait = last?.failure?.code === 'rate-limited' ? last.failure.retryAfterMs : undefined;
    if (last && wait) await persist(() => store.hold(last.model, employer.now() + wait));
  }
}

const lostCalls = (record: StageRecord | undefined): number =>
  record === undefined || hasEnded(record)
    ? 0
    : record.calls.filter(
        ({ durationMs, failure }) =>
          failure?.code === 'worker-lost' || (durationMs === null && failure === null),
      ).length;
