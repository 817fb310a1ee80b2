import {
  attemptStage,
  type Employer,
  hasEnded,
  interruptStage,
  lostStage,
  type Node,
  type StageRecord,
} from '@codegen/pipeline';
import type { Holds } from './holds.ts';
import { persist } from './persist.ts';
import type { RunStore } from './run-store.ts';
import type { RunView } from './run-view.ts';
import { batchText } from './text-batch.ts';

interface Parts {
  readonly store: RunStore;
  readonly holds: Holds;
  readonly employer: Employer;
}

export interface StageRunner {
  /**
   * Takes a stage one step further and puts what came of it into the view.
   * @throws what `signal` was aborted with, if it was before a call began
   */
  step(view: RunView, node: Node, signal: AbortSignal): Promise<StageRecord>;
  /** Ends a stage whose workers were lost, with what stands in for it. */
  give(view: RunView, node: Node): StageRecord;
}

/** Why a stage's call is aborted, which decides what becomes of the stage. */
export type Interruption = 'run settled' | 'handed back' | 'job lost' | 'not wanted';

/** Workers that may die with a stage in hand; the stage that killed them is then given up. */
const MOST_LOST = 2;

export function openStageRunner({ store, holds, employer }: Parts): StageRunner {
  return {
    async step(view, node, signal) {
      signal.throwIfAborted();
      const { stage } = node;
      const previous = view.run.stages[stage.name];
      if (lostCalls(previous) >= MOST_LOST) {
        employer.onFault?.(
          new Error(
            `stage ${stage.name} of run ${view.run.id} took ${MOST_LOST} workers with it and is given up`,
          ),
        );
        return this.give(view, node);
      }
      let latest = previous;
      const deltas = batchText((text) => {
        view.add({ kind: 'event', event: { type: 'stage.delta', stage: stage.name, text } });
        view.save().catch(() => {});
      });
      const onCall = (record: StageRecord) => {
        latest = record;
        const waits = view.isUnsaved;
        view.put(record);
        const saved = view.save();
        // A stage that has ended is on record before the next one's call costs anything. A lost "running" is put right
        // by the next record.
        if (waits) return saved;
        saved.catch(() => {});
      };
      const record = await attemptStage(
        {
          run: view.run.id,
          stage,
          context: view.contextOf(node),
          previous,
          holds: holds.current,
          onCall,
          onText: deltas.add,
        },
        employer,
        signal,
      )
        .catch((error) => {
          if (!signal.aborted || latest === undefined || latest === previous) throw error;
          return interrupted(latest, signal.reason, employer.now());
        })
        .finally(deltas.flush);
      view.put(record);
      await holdBack(record);
      return record;
    },

    give(view, node) {
      const { stage } = node;
      const attempt = {
        run: view.run.id,
        stage,
        context: view.contextOf(node),
        previous: view.run.stages[stage.name],
      };
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

function interrupted(record: StageRecord, why: Interruption, now: number): StageRecord {
  if (why === 'job lost') throw new Error('the job was taken for lost and given to another worker');
  const statuses = {
    'run settled': 'cancelled',
    'handed back': 'retrying',
    'not wanted': 'withdrawn',
  } as const;
  return interruptStage(record, statuses[why], now);
}

const lostCalls = (record: StageRecord | undefined): number =>
  record === undefined || hasEnded(record)
    ? 0
    : record.calls.filter(
        ({ durationMs, failure }) =>
          failure?.code === 'worker-lost' || (durationMs === null && failure === null),
      ).length;
