import { fromQuery } from '@codegen/pipeline';
import type { RequestedOptions } from '@codegen/queue';
import { atCost, reply } from '@codegen/testing/replies';
import { expect, test } from 'vitest';
import { startService } from './service.ts';

/** A job with terms, once it has ended. */
async function ended(options: RequestedOptions) {
  await using service = await startService({ replies: { classify: atCost(1, reply('simple')) } });
  const { id } = await service.runs.submit(fromQuery('x'), { caller: 'anonymous', options });
  await service.finished(`/jobs/${id}`);
  return (await service.get(`/jobs/${id}`)).json;
}

test.each([
  [{ deadlineSeconds: 0.1 }, 'classify', 'deadline', { type: '/problems/deadline-exceeded', status: 504 }],
  [{ maxCostUsd: 1 }, 'answer', 'budget', { type: '/problems/budget-exhausted', status: 402 }],
])(
  'a job that was given %j has a problem of its own when that was too little',
  async (options, stage, code, problem) => {
    expect(await ended(options)).toMatchObject({
      status: 'failed',
      result: null,
      degraded: [],
      problem: { ...problem, stage, code, detail: expect.stringMatching(/of the job/) },
    });
  },
);
