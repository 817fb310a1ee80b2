import {
  type Answer,
  type Ask,
  attemptStage,
  type Employer,
  hasEnded,
  lostStage,
  type Node,
  type Question,
  type StageRecord,
} from '@codegen/pipeline';
import { batchText } from '../jobs/text-batch.ts';
import type { Bills } from '../models/bills.ts';
import type { Gate } from '../models/gate.ts';
import type { RunView } from './run-view.ts';

interface Parts {
  readonly gate: Gate;
  readonly bills: Bills;
  readonly employer: Employer;
  readonly keep: Keep;
}

/** Keeps an answer as it came, milliseconds after it was asked for. Never rejects. */
export type Keep = (question: Question, answer: Answer, ms: number) => Promise<void>;

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

export function openStageRunner({ gate, bills, employer, keep }: Parts): StageRunner {
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
      // Until its first words are here: they tell that the account is in order, long before the call is over.
      let calledAt = Number.NaN;
      const onText = (text: string) => {
        if (!Number.isNaN(calledAt)) gate.hear(calledAt).catch(() => {});
        calledAt = Number.NaN;
        deltas.add(text);
      };
      const onCall = (record: StageRecord) => {
        calledAt = record.calls.at(-1)?.startedAt ?? Number.NaN;
        const waits = view.isUnsaved;
        view.put(record);
        // A stage that has ended is on record before the next one's call costs anything. A lost "running" is put right
        // by the next record; only it must have left before what it tells of can kill this process.
        return waits ? view.save() : view.send();
      };
      const { terms, id } = view.run;
      const attempt = {
        run: id,
        stage,
        context: view.contextOf(node),
        previous,
        outlook: gate.outlook,
        admit: gate.admit,
        terms,
        spent: view.spent,
        onCall,
        onText,
      };
      const ask: Ask = async (question, signal) => {
        const askedAt = employer.now();
        const answer = await employer.ask(question, signal);
        view.aside(keep(question, answer, employer.now() - askedAt));
        return answer;
      };
      const record = await attemptStage(attempt, { ...employer, ask }, signal).finally(deltas.flush);
      if (signal.reason === JOB_LOST) throw new JobLost();
      view.put(record);
      bills.ask(id, record);
      // The call of this step, if it made one: what was learned from earlier ones is out of date.
      const call = record.calls[previous?.calls.length ?? 0];
      // An answer that was paid for is not lost because nobody can be told how its model did.
      if (call) await gate.learn(call).catch((error) => employer.onFault?.(error));
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
}

const lostCalls = (record: StageRecord | undefined): number =>
  record === undefined || hasEnded(record)
    ? 0
    : record.calls.filter(
        ({ durationMs, failure }) =>
          failure?.code === 'worker-lost' || (durationMs === null && failure === null),
      ).length;
