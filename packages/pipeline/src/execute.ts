import { attemptStage, type Employer } from './attempt.ts';
import type { Conversation } from './conversation.ts';
import { decide } from './decide.ts';
import { hasEnded, type StageRecord } from './record.ts';
import { atRest, type Run } from './run.ts';
import type { Input } from './stage.ts';
import { NO_TERMS, type Terms } from './terms.ts';
import type { Graph, Node } from './tree.ts';

export interface Request {
  readonly id: string;
  readonly conversation: Conversation;
  readonly seed: number;
  readonly terms?: Terms;
}

/** Sleeps until a time in milliseconds since 1970; rejects when aborted. */
export type SleepUntil = (at: number, signal: AbortSignal) => Promise<void>;

/**
 * The reference semantics of a graph: runs it whole in this process, keeping everything in memory.
 * Resolves with the settled run; an abort of `signal` settles it as cancelled.
 */
export async function execute(
  graph: Graph,
  request: Request,
  employer: Employer & { readonly sleepUntil: SleepUntil },
  signal: AbortSignal,
): Promise<Run> {
  let run: Run = {
    terms: NO_TERMS,
    ...request,
    createdAt: employer.now(),
    route: null,
    stages: {},
    settled: null,
    settledAt: null,
  };
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);

  const settle = (settled: NonNullable<Run['settled']>) => {
    run = { ...run, settled, settledAt: employer.now() };
    over.abort();
  };
  const put = (record: StageRecord) => {
    run = { ...run, stages: { ...run.stages, [record.stage]: record } };
  };

  async function perform({ stage, inputs }: Node): Promise<Input> {
    const context = { ...request, inputs: await Promise.all(inputs.map(perform)) };
    for (;;) {
      stop.throwIfAborted();
      const attempt = {
        run: run.id,
        stage,
        context,
        previous: run.stages[stage.name],
        holds: NONE,
        onCall: put,
      };
      const record = await attemptStage(attempt, employer, stop);
      put(record);
      if (hasEnded(record)) {
        advance();
        return { stage: stage.name, output: record.output };
      }
      await employer.sleepUntil(record.retryAt ?? employer.now(), stop);
    }
  }

  let next: Node | null = graph.entry;
  function advance() {
    if (run.settled !== null) return;
    const decision = decide(graph, run);
    if (decision.kind === 'settle') {
      settle(decision.settled);
    } else if (decision.kind === 'take') {
      run = { ...run, route: decision.route };
      next = graph.routes[decision.route];
    }
  }

  try {
    while (next !== null) {
      const node: Node = next;
      next = null;
      await perform(node);
    }
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    over.abort();
  }
  if (run.settled === null) settle({ status: 'cancelled' });
  return atRest(run);
}

const NONE: ReadonlyMap<string, number> = new Map();
