import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  continueRun,
  countOlder,
  DEFAULT_CONTEXT_TOKENS,
  graph as defaultGraph,
  execute,
  NO_OPTIONS,
  reusableRecords,
} from '@codegen/pipeline';
import type { StartExecutor } from '@codegen/testing/runs/executor';

/** The reference executor: a run in this process, in memory. */
export const inProcessExecutor =
  (graph = defaultGraph): StartExecutor =>
  async (caseRuntime) => {
    const runtime = {
      ...caseRuntime,
      random: Math.random,
      sleepUntil: (at: number, signal: AbortSignal) =>
        sleep(Math.max(0, at - Date.now()), undefined, { signal }),
    };
    return {
      run(conversation, { signal = new AbortController().signal, options: requested = {}, files = [] } = {}) {
        const { deadlineSeconds, ...others } = requested;
        const deadlineAt = deadlineSeconds === undefined ? null : Date.now() + deadlineSeconds * 1_000;
        const options = { ...NO_OPTIONS, ...others, deadlineAt };
        const request = { id: randomUUID(), conversation, files, seed: randomInt(2 ** 32), options };
        return execute(graph, request, runtime, signal);
      },
      followUp(run, conversation) {
        const beginning = continueRun(run, { conversation, files: [] });
        const olderCount = countOlder(beginning, DEFAULT_CONTEXT_TOKENS);
        const request = { id: randomUUID(), ...beginning, olderCount, seed: randomInt(2 ** 32) };
        return execute(graph, request, runtime, new AbortController().signal);
      },
      rerun({ conversation, seed, options, ...run }, from) {
        const reused = reusableRecords(graph, run, from);
        if (reused === null) throw new Error(`${from} is no stage of the run`);
        const request = { id: randomUUID(), conversation, seed, options, reused };
        return execute(graph, request, runtime, new AbortController().signal);
      },
      async [Symbol.asyncDispose]() {},
    };
  };
