import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { execute, graph, NO_TERMS } from '@codegen/pipeline';
import { conformance } from './suite.ts';

conformance('in-process executor', async (given) => {
  const employer = {
    ...given,
    random: Math.random,
    sleepUntil: (at: number, signal: AbortSignal) =>
      sleep(Math.max(0, at - Date.now()), undefined, { signal }),
  };
  return {
    run(conversation, { signal = new AbortController().signal, terms: asked = {} } = {}) {
      const { deadlineSeconds, ...others } = asked;
      const deadlineAt = deadlineSeconds === undefined ? null : Date.now() + deadlineSeconds * 1_000;
      const terms = { ...NO_TERMS, ...others, deadlineAt };
      const request = { id: randomUUID(), conversation, seed: randomInt(2 ** 32), terms };
      return execute(graph, request, employer, signal);
    },
    async [Symbol.asyncDispose]() {},
  };
});
