import {
  bestSoFar,
  type Call,
  describeCase,
  type Graph,
  hasEnded,
  languageOfFile,
  type Outcome,
  outcomeOf,
  queryOf,
  type Run,
  type StageRecord,
  sourceOf,
  statusOf,
} from '@codegen/pipeline';
import type { StoredRun, Webhook as StoredWebhook } from '@codegen/queue';
import type { JobFields, Webhook } from './job.ts';
import { type JobProblem, type JobProblemType, PROBLEMS } from './problem.ts';
import type { Provisional, Step } from './result.ts';
import type { Failure, JobStage, ModelCall, Tokens } from './stage.ts';
import type { JobVerification } from './verification.ts';

export interface JobView {
  readonly graph: Graph;
  /** Seconds a job can be read after it finished. */
  readonly retentionSeconds: number;
}

/** Maps a stored run to the job resource. */
export function toJob({ graph, retentionSeconds }: JobView, run: StoredRun): JobFields {
  const { outcome } = run;
  const calls = callsOf(run);
  return {
    id: run.id,
    threadId: run.threadId,
    previousJobId: run.previousJobId,
    status: statusOf(run),
    metadata: run.metadata,
    webhook: run.webhook && toWebhook(run.webhook),
    query: queryOf(run.conversation),
    route: outcome?.status === 'completed' ? outcome.route : run.route,
    simulated: calls.length === 0 ? null : isSimulated(run),
    createdAt: iso(run.createdAt),
    finishedAt: time(run.finishedAt),
    expiresAt: time(
      run.finishedAt === null ? null : (run.keptUntil ?? run.finishedAt + retentionSeconds * 1_000),
    ),
    durationMs: between(run.createdAt, run.finishedAt),
    deadlineAt: time(run.options.deadlineAt),
    maxCostUsd: run.options.maxCostUsd,
    effort: run.options.effort,
    models: run.options.models,
    tokens: sumTokens(calls),
    cost: sumCost(calls),
    stages: toStages(graph, run),
    choice: toChoice(graph, run),
    rerun: run.rerun,
    degraded: outcome !== null && outcome.status !== 'cancelled' ? outcome.degraded : [],
    verification: toVerification(run),
    provisional: toProvisional(graph, run),
    result: outcome?.status === 'completed' ? outcome.response : null,
    language: outcome?.status === 'completed' ? outcome.language : null,
    files: toFiles(run),
    diff: run.diff,
    problem: outcome?.status === 'failed' ? toProblem(outcome) : null,
  };
}

/** The files of the result. A text keeps the code that the run started from. */
function toFiles({ outcome, files }: Pick<StoredRun, 'outcome' | 'files'>): JobFields['files'] {
  if (outcome?.status !== 'completed') return [];
  if ('text' in outcome.response)
    return files.map(({ name, content }) => ({ name, language: languageOfFile(name), content }));
  return outcome.files.map(({ name, language, content }) => ({ name, language, content }));
}

/** What the stage that chooses between versions chose. */
function toChoice(graph: Graph, { stages }: StoredRun): JobFields['choice'] {
  const record = Object.values(stages).find(({ stage }) => graph.find(stage)?.stage.output === 'choice');
  if (record?.output?.kind !== 'choice') return null;
  const { reason, candidates = null } = record.output;
  return { stage: sourceOf(stages, record.stage), reason, candidates };
}

/** What running the implementations has shown; null if they were not run. */
function toVerification({ stages }: Pick<Run, 'stages'>): JobVerification | null {
  const output = Object.values(stages)
    .flatMap((record) => record.output ?? [])
    .find(({ kind }) => kind === 'verification');
  if (output?.kind !== 'verification') return null;
  const { cases, versions, counted, choice, reason } = output.verification;
  return {
    cases: cases.map((one, index) => ({
      input: one.kind === 'stdin' ? one.stdin : describeCase(one),
      kind: one.kind,
      expected: 'raises' in one.expected ? null : JSON.stringify(one.expected.value),
      isExample: one.isExample,
      counted: counted[index] ?? false,
    })),
    versions: versions.map(({ stage, load, reason: why, results }) => ({
      stage,
      load,
      reason: why,
      results,
    })),
    choice,
    reason,
  };
}

/** The best code of an unfinished run; null if there is none, or the run has finished. */
export function toProvisional(graph: Graph, run: Run): Provisional | null {
  const best = bestSoFar(graph, run);
  if (best === null) return null;
  const { step, stage, code, remaining } = best;
  return { step: step as Step, stage, code: code.text, language: code.language, remaining };
}

type FailedOutcome = Extract<Outcome, { status: 'failed' }>;

const PROBLEM_TYPES: Partial<Record<FailedOutcome['code'], JobProblemType>> = {
  'key-rejected': 'model-key-rejected',
  'no-credit': 'model-credit-used-up',
  'wrong-base-url': 'model-server-unreachable',
  'worker-lost': 'workers-lost',
  internal: 'internal-error',
  deadline: 'deadline-exceeded',
  budget: 'budget-exhausted',
};

/** What the caller can do, where the failure does not say it. */
const ADVICE: Partial<Record<FailedOutcome['code'], string>> = {
  deadline: 'Allow more time.',
  budget: 'Allow a higher cost, or use cheaper models.',
};

/** Why a run failed, as problem details (RFC 9457). */
export function toProblem({ stage, code, detail }: FailedOutcome): JobProblem {
  const type = PROBLEM_TYPES[code] ?? 'models-failed';
  const advice = ADVICE[code];
  const advised = advice === undefined ? detail : `${detail}. ${advice}`;
  return { type: `/problems/${type}`, ...PROBLEMS[type], detail: advised, stage, code };
}

/** Whether a server marked any answer of the run as canned. */
export const isSimulated = (run: Pick<Run, 'stages'>): boolean => callsOf(run).some((call) => call.simulated);

const callsOf = ({ stages }: Pick<Run, 'stages'>) => Object.values(stages).flatMap(({ calls }) => calls);

/** Dollars without the rounding noise of binary fractions. */
export const dollars = (amount: number): number => Number(amount.toFixed(9));

/** Stages that began, including those of an abandoned route, then the others of the route. */
function toStages(graph: Graph, run: StoredRun): JobStage[] {
  const begun = Object.values(run.stages)
    .toSorted((a, b) => a.startedAt - b.startedAt)
    .map(({ stage }) => stage);
  const planned = run.route === null ? [] : graph.stagesOf(run.route).map(({ stage }) => stage.name);
  const names = new Set([...begun, graph.entry.stage.name, ...planned]);
  const unbegun = run.outcome === null ? 'waiting' : 'not-started';
  return [...names].map((name) => toStage(graph, name, run.stages[name], unbegun));
}

function toStage(
  graph: Graph,
  name: string,
  record: StageRecord | undefined,
  unbegun: 'waiting' | 'not-started',
): JobStage {
  const calls = record?.calls ?? [];
  const last = calls.at(-1);
  return {
    name,
    role: graph.find(name)?.stage.role ?? null,
    reused: record?.reused ?? false,
    status: record?.status ?? unbegun,
    model: last?.model ?? null,
    servedModel: last?.servedModel ?? null,
    attempts: calls.length,
    tokens: sumTokens(calls),
    cost: sumCost(calls),
    startedAt: time(record?.startedAt ?? null),
    durationMs: hasEnded(record) ? between(record.startedAt, record.endedAt) : null,
    failure: toFailure(record?.failure),
    calls: calls.map(toModelCall),
    ignored: record?.output?.kind === 'code' ? (record.output.ignored ?? []) : [],
  };
}

const toModelCall = (call: Call): ModelCall => ({
  model: call.model,
  servedModel: call.servedModel,
  provider: call.provider,
  generationId: call.generationId,
  outcome: outcomeOf(call),
  startedAt: iso(call.startedAt),
  durationMs: call.durationMs,
  tokens: sumTokens([call]),
  cost: call.cost,
  figures: call.figures,
  failure: toFailure(call.failure),
});

const toFailure = (failure: Failure | null | undefined): Failure | null =>
  failure ? { code: failure.code, message: failure.message } : null;

const toWebhook = ({ url, status, attempts, nextAttemptAt }: StoredWebhook): Webhook => ({
  url,
  status,
  attempts: attempts.map(({ at, ...attempt }) => ({ at: iso(at), ...attempt })),
  nextAttemptAt: time(nextAttemptAt),
});

const sumTokens = (calls: readonly Call[]): Tokens => ({
  prompt: sum(calls.map((call) => call.promptTokens)),
  completion: sum(calls.map((call) => call.completionTokens)),
  reasoning: sum(calls.map((call) => call.reasoningTokens)),
  cached: sum(calls.map((call) => call.cachedTokens)),
});

export const sumCost = (calls: readonly Call[]) => sum(calls.map((call) => call.cost));

/** The sum of the known amounts; null if none is known. */
function sum(amounts: readonly (number | null)[]): number | null {
  const known = amounts.filter((amount) => amount !== null);
  return known.length === 0 ? null : dollars(known.reduce((total, amount) => total + amount, 0));
}

/** Milliseconds. Never negative, although the clocks of APIs and workers may differ. */
const between = (from: number, to: number | null) => (to === null ? null : Math.max(0, to - from));

const time = (ms: number | null): string | null => (ms === null ? null : iso(ms));
export const iso = (ms: number): string => new Date(ms).toISOString();
