import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { execute, graph } from '@codegen/pipeline';
import { conformance } from './suite.ts';

conformance('in-process executor', async (given) => {
  const employer = {
    ...given,
    now: Date.now,
    random: Math.random,
    sleepUntil: (at: number, signal: AbortSignal) =>
      sleep(Math.max(0, at - Date.now()), undefined, { signal }),
  };
  return {
    run(conversation, { signal = new AbortController().signal } = {}) {
      const request = { id: randomUUID(), conversation, seed: randomInt(2 ** 32) };
      return execute(graph, request, employer, signal);
    },
    async [Symbol.asyncDispose]() {},
  };
});
