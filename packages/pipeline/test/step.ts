import type { Admit } from '../src/admission.ts';
import { type Answer, attemptStage, type Employer, type Question } from '../src/attempt.ts';
import type { StageRecord } from '../src/record.ts';
import type { Stage } from '../src/stage.ts';
import { NO_TERMS, type Terms } from '../src/terms.ts';
import { codeOutput, context, record, stageNamed, usage } from './given.ts';

export const NEVER = new AbortController().signal;
const policy = { tries: 2, baseDelayMs: 100, patienceMs: 1_000, longestWaitMs: 10_000 };
export const paid = usage({
  servedModel: 'maker/served',
  generationId: 'gen-1',
  cost: 0.25,
  promptTokens: 7,
  figures: 'reported',
});

export type Reply = string | Error | ((question: Question, signal: AbortSignal) => Promise<Answer>);
interface Given {
  stage?: Stage;
  previous?: StageRecord;
  holds?: ReadonlyMap<string, number>;
  failing?: ReadonlyMap<string, number>;
  admit?: Admit;
  at?: number;
  random?: number;
  signal?: AbortSignal;
  terms?: Partial<Terms>;
  spent?: number | null;
  expected?: number | null;
}

/** Takes one step of a stage whose model does what `reply` says. */
export async function step(reply: Reply, given: Given = {}) {
  const { stage = stageNamed('draft'), previous, holds = new Map(), at = 1_000, random = 1 } = given;
  const asked: Question[] = [];
  const began: StageRecord[] = [];
  const faults: unknown[] = [];
  const employer: Employer = {
    models: (role) => [`${role}-main`, `${role}-spare`],
    policy,
    now: () => at,
    random: () => random,
    onFault: (error) => faults.push(error),
    async ask(question, signal) {
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
    outlook: { holds, failing: given.failing ?? new Map() },
    ...(given.admit && { admit: given.admit }),
    terms: { ...NO_TERMS, ...given.terms },
    spent: given.spent ?? null,
    expected: given.expected ?? null,
    onCall: (now: StageRecord) => void began.push(now),
  };
  const settled = await attemptStage(attempt, employer, given.signal ?? NEVER);
  return { record: settled, asked, began, faults };
}

export const standIn = codeOutput('stand-in');

export const retried = (...calls: StageRecord['calls']) =>
  record('draft', { status: 'retrying', endedAt: null, retryAt: 500, calls });
