import { createHash } from 'node:crypto';
import type { Code, RunCases } from '@codegen/pipeline';
import type { Task } from '../tasks/task.ts';
import type { Attempt } from './attempt.ts';

export interface Judgement extends Pick<Attempt, 'passed' | 'why' | 'outputs'> {
  /** Hidden tests that it fails. */
  readonly fails: number;
}

export type Judge = (task: Task, code: Code | null) => Promise<Judgement>;

const NO_CODE: Judgement = { passed: false, why: 'no-code', outputs: null, fails: 0 };

const digest = (text: string) => createHash('sha256').update(text).digest('base64url').slice(0, 16);

/** Runs programs on the hidden tests of their task, equal programs once. It rejects if the sandbox is broken. */
export function createJudge(runCases: RunCases, signal: AbortSignal): Judge {
  const known = new Map<string, Promise<Judgement>>();
  return async (task, code) => {
    if (code === null) return NO_CODE;
    const id = digest(`${task.id}\n${JSON.stringify(code)}`);
    const judgement = known.get(id) ?? judge(task, code, runCases, signal);
    known.set(id, judgement);
    return judgement;
  };
}

async function judge(task: Task, code: Code, runCases: RunCases, signal: AbortSignal): Promise<Judgement> {
  const cases = task.cases.map((one) => ({ ...one, isExample: false }));
  const run = await runCases({ ...code, language: code.language ?? task.language }, cases, signal);
  const fails = run.results.filter(({ verdict }) => verdict !== 'passed').length;
  if (run.load !== 'loaded') {
    return { passed: false, why: run.load === 'broken' ? 'load' : 'unsupported', outputs: null, fails };
  }
  const outputs = digest(
    JSON.stringify(run.results.map(({ verdict, actual }) => [verdict === 'timeout', actual])),
  );
  if (fails === 0) return { passed: true, why: null, outputs, fails };
  const isUnsupported = run.results.every(({ verdict }) => verdict === 'passed' || verdict === 'unsupported');
  return { passed: false, why: isUnsupported ? 'unsupported' : 'tests', outputs, fails };
}
