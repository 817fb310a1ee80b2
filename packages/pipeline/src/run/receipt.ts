import type { Graph } from '../stages/tree.ts';
import type { Usage } from './failure.ts';
import type { Call, StageRecord } from './record.ts';
import type { Run } from './run.ts';

/**
 * What became of a call.
 * - `aborted`        the connection was closed, and with it, as far as is known, the bill
 * - `not abortable`  the connection was closed, but the provider goes on and bills the whole answer
 * - `never started`  the stage was planned, and no model was asked; it cost nothing
 */
export const CALL_OUTCOMES = ['finished', 'failed', 'aborted', 'not abortable', 'never started'] as const;
export type CallOutcome = (typeof CALL_OUTCOMES)[number];

/** One line of a run's bill. Null where nothing is known, which is not the same as nothing. */
export interface Receipt {
  readonly stage: string;
  /** As it was asked for; null if none was asked. */
  readonly model: string | null;
  readonly servedModel: string | null;
  readonly provider: string | null;
  readonly generationId: string | null;
  readonly outcome: CallOutcome;
  readonly tokens: {
    readonly prompt: number | null;
    readonly completion: number | null;
    readonly reasoning: number | null;
    readonly cached: number | null;
  };
  /** US dollars. */
  readonly cost: number | null;
  readonly figures: Usage['figures'];
}

/**
 * A receipt per model call that is over, in the order in which they began, and then, once the run is settled, one per
 * planned stage that never asked a model although it was to. A call in hand has none yet.
 */
export function receiptsOf(graph: Graph, run: Pick<Run, 'route' | 'stages' | 'outcome'>): Receipt[] {
  const calls = Object.values(run.stages)
    .flatMap(({ stage, calls }) => calls.map((call) => ({ stage, call })))
    .filter(({ call }) => call.durationMs !== null || call.failure !== null)
    .toSorted((a, b) => a.call.startedAt - b.call.startedAt)
    .map(({ stage, call }) => receiptOf(stage, call));
  if (run.outcome === null) return calls;
  const planned = run.route === null ? [] : graph.stagesOf(run.route);
  const names = new Set([graph.entry, ...planned].map(({ stage }) => stage.name));
  for (const name of Object.keys(run.stages)) names.add(name);
  const unasked = [...names].filter((name) => wasToAsk(run.stages[name]));
  return [...calls, ...unasked.map(neverStarted)];
}

/** A stage that was settled without a model was not to ask one. */
const wasToAsk = (record: StageRecord | undefined) =>
  record === undefined ||
  (record.calls.length === 0 && record.status !== 'skipped' && record.status !== 'completed');

const receiptOf = (stage: string, call: Call): Receipt => ({
  stage,
  model: call.model,
  servedModel: call.servedModel,
  // Calls on record from before these were kept lack them.
  provider: call.provider ?? null,
  generationId: call.generationId,
  outcome: outcomeOf(call),
  tokens: {
    prompt: call.promptTokens,
    completion: call.completionTokens,
    reasoning: call.reasoningTokens,
    cached: call.cachedTokens,
  },
  cost: call.cost,
  figures: call.figures ?? null,
});

const neverStarted = (stage: string): Receipt => ({
  stage,
  model: null,
  servedModel: null,
  provider: null,
  generationId: null,
  outcome: 'never started',
  tokens: { prompt: 0, completion: 0, reasoning: 0, cached: 0 },
  cost: 0,
  figures: null,
});

/** Providers of OpenRouter that generate and bill the rest of an answer whose stream was closed. */
const BILLS_ON = /^(google|amazon bedrock|bedrock|groq|mistral|alibaba)\b/i;

function outcomeOf({ failure, provider }: Call): CallOutcome {
  if (failure === null) return 'finished';
  if (failure.code !== 'aborted') return 'failed';
  return BILLS_ON.test(provider ?? '') ? 'not abortable' : 'aborted';
}
