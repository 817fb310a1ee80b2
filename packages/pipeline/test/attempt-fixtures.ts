import { codeOutput, record, usage } from '@codegen/testing/runs/records';
import { attemptStage } from '../src/policy/attempt.ts';
import type { Acquire, ModelHealth } from '../src/policy/model-selection.ts';
import { NO_OPTIONS, type RunOptions } from '../src/policy/options.ts';
import type { ModelRequest, ModelResponse, StageRuntime } from '../src/policy/runtime.ts';
import type { StageRecord } from '../src/run/record.ts';
import type { Stage } from '../src/stages/stage.ts';
import { context, stageNamed } from './fixtures.ts';

export const NEVER = new AbortController().signal;
const policy = { tries: 2, baseDelayMs: 100, fallbackAfterMs: 1_000, longestWaitMs: 10_000 };
export const paid = usage({
  servedModel: 'maker/served',
  generationId: 'gen-1',
  cost: 0.25,
  promptTokens: 7,
  figures: 'reported',
});

export type Reply = string | Error | ((request: ModelRequest, signal: AbortSignal) => Promise<ModelResponse>);
interface Given {
  stage?: Stage;
  previous?: StageRecord;
  cooldowns?: ModelHealth['cooldowns'];
  failing?: ModelHealth['failing'];
  acquire?: Acquire;
  at?: number;
  random?: number;
  signal?: AbortSignal;
  options?: Partial<RunOptions>;
  spent?: number | null;
}

/** Makes one attempt at a stage. Its model replies with a text, throws an error, or calls a function. */
export async function attemptOnce(reply: Reply, given: Given = {}) {
  const { stage = stageNamed('draft'), previous, cooldowns = new Map(), at = 1_000, random = 1 } = given;
  const requests: ModelRequest[] = [];
  const started: StageRecord[] = [];
  const faults: unknown[] = [];
  const runtime: StageRuntime = {
    models: (role) => [`${role}-main`, `${role}-spare`],
    policy,
    now: () => at,
    random: () => random,
    onFault: (error) => faults.push(error),
    async callModel(request, signal) {
      requests.push(request);
      if (reply instanceof Error) throw reply;
      return typeof reply === 'string' ? { ...paid, text: reply } : reply(request, signal);
    },
  };
  const request = {
    run: 'r',
    stage,
    context: context(),
    previous,
    modelHealth: { cooldowns, failing: given.failing ?? new Map() },
    ...(given.acquire && { acquire: given.acquire }),
    options: { ...NO_OPTIONS, ...given.options },
    spent: given.spent ?? null,
    onCall: (open: StageRecord) => void started.push(open),
  };
  const outcome = await attemptStage(request, runtime, given.signal ?? NEVER);
  return { record: outcome, requests, started, faults };
}

export const fallbackOutput = codeOutput('fallback');

export const retried = (...calls: StageRecord['calls']) =>
  record('draft', { status: 'retrying', endedAt: null, retryAt: 500, calls });
