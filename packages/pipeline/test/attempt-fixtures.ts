import type { Acquire } from '../src/policy/admission.ts';
import {
  attemptStage,
  type ModelRequest,
  type ModelResponse,
  type StageRuntime,
} from '../src/policy/attempt.ts';
import { NO_OPTIONS, type RunOptions } from '../src/policy/options.ts';
import type { StageRecord } from '../src/run/record.ts';
import type { Stage } from '../src/stages/stage.ts';
import { codeOutput, context, record, stageNamed, usage } from './fixtures.ts';

export const NEVER = new AbortController().signal;
const policy = { tries: 2, baseDelayMs: 100, patienceMs: 1_000, longestWaitMs: 10_000 };
export const paid = usage({
  servedModel: 'maker/served',
  generationId: 'gen-1',
  cost: 0.25,
  promptTokens: 7,
  figures: 'reported',
});

export type Reply =
  | string
  | Error
  | ((question: ModelRequest, signal: AbortSignal) => Promise<ModelResponse>);
interface Given {
  stage?: Stage;
  previous?: StageRecord;
  cooldowns?: ReadonlyMap<string, number>;
  failing?: ReadonlyMap<string, number>;
  acquire?: Acquire;
  at?: number;
  random?: number;
  signal?: AbortSignal;
  options?: Partial<RunOptions>;
  spent?: number | null;
  expected?: number | null;
}

/** Takes one step of a stage whose model does what `reply` says. */
export async function step(reply: Reply, given: Given = {}) {
  const { stage = stageNamed('draft'), previous, cooldowns = new Map(), at = 1_000, random = 1 } = given;
  const asked: ModelRequest[] = [];
  const began: StageRecord[] = [];
  const faults: unknown[] = [];
  const runtime: StageRuntime = {
    models: (role) => [`${role}-main`, `${role}-spare`],
    policy,
    now: () => at,
    random: () => random,
    onFault: (error) => faults.push(error),
    async callModel(question, signal) {
      asked.push(question);
      if (reply instanceof Error) throw reply;
      return typeof reply === 'string' ? { ...paid, text: reply } : reply(question, signal);
    },
  };
  const attempt = {
    run: 'r',
    stage,
    context: context(),
    previous,
    modelHealth: { cooldowns, failing: given.failing ?? new Map() },
    ...(given.acquire && { acquire: given.acquire }),
    options: { ...NO_OPTIONS, ...given.options },
    spent: given.spent ?? null,
    expected: given.expected ?? null,
    onCall: (now: StageRecord) => void began.push(now),
  };
  const outcome = await attemptStage(attempt, runtime, given.signal ?? NEVER);
  return { record: outcome, asked, began, faults };
}

export const fallbackOutput = codeOutput('stand-in');

export const retried = (...calls: StageRecord['calls']) =>
  record('draft', { status: 'retrying', endedAt: null, retryAt: 500, calls });
