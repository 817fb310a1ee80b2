import {
  bestSoFar,
  type Call,
  type CodeFile,
  type Graph,
  hasEnded,
  queryOf,
  type Run,
  receiptsOf,
  type StageRecord,
  statusOf,
} from '@codegen/pipeline';
import type { StoredRun, Webhook } from '@codegen/queue';
import { dollars } from './dollars.ts';
import { problemOf } from './job-problem.ts';

/** What it takes to show a run. */
export interface Shown {
  readonly graph: Graph;
  /** Seconds a job is kept after it ended. */
  readonly retentionSeconds: number;
}

/** A run as `GET /jobs/:id` shows it. Times are ISO 8601, durations milliseconds, costs US dollars. */
export function jobResource({ graph, retentionSeconds }: Shown, run: StoredRun) {
  const { outcome } = run;
  const calls = Object.values(run.stages).flatMap((record) => record.calls);
  return {
    id: run.id,
    status: statusOf(run),
    metadata: run.metadata,
    webhook: run.webhook && webhookResource(run.webhook),
    query: queryOf(run.conversation),
    route: outcome?.status === 'completed' ? outcome.route : run.route,
    simulated: isSimulated(run),
    createdAt: iso(run.createdAt),
    finishedAt: time(run.finishedAt),
    expiresAt: time(run.finishedAt === null ? null : run.finishedAt + retentionSeconds * 1_000),
    durationMs: between(run.createdAt, run.finishedAt),
    deadlineAt: time(run.options.deadlineAt),
    maxCostUsd: run.options.maxCostUsd,
    models: run.options.models,
    tokens: tokensOf(calls),
    cost: costOf(calls),
    stages: stagesShown(graph, run).map((name) => stageResource(graph, name, run.stages[name])),
    // What a call in hand will cost nobody knows: the bill is made out at the end.
    receipts: outcome === null ? null : receiptsOf(graph, run),
    degraded: outcome !== null && outcome.status !== 'cancelled' ? outcome.degraded : [],
    provisional: provisionalOf(graph, run),
    result: outcome?.status === 'completed' ? outcome.response : null,
    language: outcome?.status === 'completed' ? outcome.language : null,
    files: outcome?.status === 'completed' ? outcome.files.map(fileResource) : [],
    problem: outcome?.status === 'failed' ? problemOf(outcome) : null,
  };
}

/** The best code so far, which is not the result; null if there is none, or the result. */
export function provisionalOf(graph: Graph, run: Run) {
  const best = bestSoFar(graph, run);
  if (best === null) return null;
  const { step, stage, code, remaining } = best;
  return { step, stage, code: code.text, language: code.language, remaining };
}

/** Whether any answer in the run came from a server that says its answers are canned. */
export const isSimulated = ({ stages }: Pick<Run, 'stages'>): boolean =>
  Object.values(stages).some(({ calls }) => calls.some((call) => call.simulated));

/** What was begun, also on a route that was left, and, while the run goes on, what is to come. */
function stagesShown(graph: Graph, run: Run): string[] {
  const begun = Object.values(run.stages)
    .toSorted((a, b) => a.startedAt - b.startedAt)
    .map((record) => record.stage);
  if (run.outcome !== null) return begun;
  const planned = run.route === null ? [] : graph.stagesOf(run.route).map(({ stage }) => stage.name);
  return [...new Set([graph.entry.stage.name, ...begun, ...planned])];
}

function stageResource(graph: Graph, name: string, record: StageRecord | undefined) {
  const last = record?.calls.at(-1);
  return {
    name,
    role: graph.find(name)?.stage.role ?? null,
    status: record?.status ?? ('waiting' as const),
    model: last?.model ?? null,
    servedModel: last?.servedModel ?? null,
    attempts: record?.calls.length ?? 0,
    tokens: tokensOf(record?.calls ?? []),
    cost: costOf(record?.calls ?? []),
    startedAt: time(record?.startedAt ?? null),
    durationMs: hasEnded(record) ? between(record.startedAt, record.endedAt) : null,
    failure: record?.failure ? { code: record.failure.code, message: record.failure.message } : null,
    calls: (record?.calls ?? []).map(callResource),
  };
}

const callResource = (call: Call) => ({
  model: call.model,
  servedModel: call.servedModel,
  // Calls on record from before these were kept lack them.
  provider: call.provider ?? null,
  generationId: call.generationId,
  startedAt: iso(call.startedAt),
  durationMs: call.durationMs,
  tokens: tokensOf([call]),
  cost: call.cost,
  figures: call.figures ?? null,
  failure: call.failure ? { code: call.failure.code, message: call.failure.message } : null,
});

const fileResource = ({ name, language, content }: CodeFile) => ({ name, language, content });

const webhookResource = ({ url, status, attempts, nextAttemptAt }: Webhook) => ({
  url,
  status,
  attempts: attempts.map(({ at, ...attempt }) => ({ at: iso(at), ...attempt })),
  nextAttemptAt: time(nextAttemptAt),
});

const tokensOf = (calls: readonly Call[]) => ({
  prompt: sum(calls.map((call) => call.promptTokens)),
  completion: sum(calls.map((call) => call.completionTokens)),
  reasoning: sum(calls.map((call) => call.reasoningTokens)),
  cached: sum(calls.map((call) => call.cachedTokens)),
});

const costOf = (calls: readonly Call[]) => sum(calls.map((call) => call.cost));

/** Null if nothing is known, which is not the same as nothing. */
function sum(figures: readonly (number | null)[]): number | null {
  const known = figures.filter((figure) => figure !== null);
  return known.length === 0 ? null : dollars(known.reduce((total, figure) => total + figure, 0));
}

/** Not less than nothing, though the clocks of an API and its workers differ, and a stage may begin as its run is ended. */
const between = (from: number, to: number | null) => (to === null ? null : Math.max(0, to - from));

const time = (ms: number | null): string | null => (ms === null ? null : iso(ms));
const iso = (ms: number): string => new Date(ms).toISOString();
