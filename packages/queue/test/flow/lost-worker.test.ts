import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { hasEnded } from '@codegen/pipeline';
import { codeBy, prefers, type Reply, reply } from '@codegen/testing/models/replies';
import type { Models } from '@codegen/testing/models/scripted-models';
import { complexAfter, complexResponse } from '@codegen/testing/runs/case';
import { afterAll, expect, test } from 'vitest';
import type { StageWorkerEvent, StageWorkerOptions } from '../../src/index.ts';
import { openQueue, type Queue, until } from '../queue.ts';

const FIXTURE = join(import.meta.dirname, 'worker.fixture.ts');

/** Dead workers are noticed sooner than by default. */
const QUICK = { stallCheckMs: 300 };

const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * Starts a worker in its own process, kills it once its model is called for the stage and `then` has resolved, and ends its
 * lock.
 */
async function loseWorker(
  { options, redis, keys }: Queue,
  id: string,
  stage: string,
  then: () => Promise<unknown> = async () => {},
  own: Partial<StageWorkerOptions> = {},
) {
  const child = spawn(process.execPath, [FIXTURE, JSON.stringify({ ...options, ...own }), stage], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  await once(child.stdout, 'data');
  await then();
  const ended = once(child, 'close');
  child.kill('SIGKILL');
  await ended;
  running.delete(child);
  expect(await redis.pexpire(`${keys.prefix}:stages:${id}.${stage}:lock`, 1)).toBe(1);
}

test.concurrent('another worker takes over the stage of a worker that dies, and no ended stage is repeated', async () => {
  await using queue = openQueue(QUICK);
  const id = await queue.begin();
  const whenAllElseIsDone = () =>
    until(async () => hasEnded((await queue.run(id)).stages['enhance.interpreted']));
  await loseWorker(queue, id, 'generate.direct', whenAllElseIsDone);
  const before = (await queue.run(id)).stages;
  const { models } = await queue.startWorker();
  const run = await queue.finished(id);

  expect(run.outcome).toMatchObject({ status: 'completed', response: complexResponse(), degraded: [] });
  expect(models.calls.map(({ stage }) => stage)).toEqual([
    'generate.direct',
    'enhance.direct',
    'compare',
    ...complexAfter('compare'),
  ]);
  expect(run.stages['enhance.interpreted']).toEqual(before['enhance.interpreted']);
  expect(run.stages['generate.direct']).toMatchObject({
    status: 'completed',
    startedAt: before['generate.direct']?.startedAt,
    calls: [
      { model: 'generator-1', failure: { code: 'worker-lost' }, cost: null },
      { model: 'generator-1', failure: null, cost: 0.01 },
    ],
  });
  expect(queue.faults).toEqual([]);
});

test.concurrent('a worker that dies in one branch does not affect the other branch', async () => {
  await using queue = openQueue(QUICK);
  const id = await queue.begin();
  const release = Promise.withResolvers<void>();
  const interpret: Reply = async (call, moments) => {
    await release.promise;
    return reply('{"specification": {"goal": "Print a name"}}')(call, moments);
  };
  const second = Promise.withResolvers<Models>();
  // The dying worker takes one job at a time: the other branch starts in the second worker.
  const whenBothRun = async () => {
    const { models } = await queue.startWorker({ interpret });
    await models.whenCalled('interpret');
    second.resolve(models);
  };
  await loseWorker(queue, id, 'generate.direct', whenBothRun, { concurrency: 1 });
  const models = await second.promise;
  expect(models.calls.map(({ stage, ended }) => [stage, ended])).toEqual([['interpret', null]]);
  await models.whenCalled('generate.direct');
  expect(models.calls[0]).toMatchObject({ stage: 'interpret', ended: null });
  release.resolve();
  const run = await queue.finished(id);

  expect(run.outcome).toMatchObject({ status: 'completed', response: complexResponse(), degraded: [] });
  expect(run.stages.interpret?.calls).toMatchObject([{ failure: null, cost: 0.01 }]);
  expect(run.stages['generate.direct']?.calls).toMatchObject([
    { failure: { code: 'worker-lost' } },
    { failure: null },
  ]);
  const times = (name: string) => models.calls.filter(({ stage }) => stage === name).length;
  expect([times('classify'), times('interpret'), times('generate.direct')]).toEqual([0, 1, 1]);
  expect(queue.faults).toEqual([]);
});

test.concurrent('another worker takes over the first stage of a worker that dies', async () => {
  await using queue = openQueue(QUICK);
  const id = await queue.begin();
  await loseWorker(queue, id, 'classify');
  await queue.startWorker();
  expect((await queue.finished(id)).outcome).toMatchObject({ status: 'completed', degraded: [] });
});

test.concurrent.each([
  ['classify', complexResponse(), 'the request was treated as complex'],
  [
    'enhance.interpreted',
    complexResponse({
      enhancedInterpretedCode: codeBy('generate.interpreted'),
      bestImplementation: codeBy('generate.interpreted'),
    }),
    'the draft was used unimproved',
  ],
  ['compare', complexResponse(), 'the implementation from the specification was used, else the direct one'],
])(
  'a %s stage that loses three workers fails, and the run continues without it',
  async (stage, response, consequence) => {
    await using queue = openQueue(QUICK);
    const id = await queue.begin();
    const isBranch = stage === 'enhance.interpreted';
    const otherBranch = () => until(async () => hasEnded((await queue.run(id)).stages['enhance.direct']));
    await loseWorker(queue, id, stage, isBranch ? otherBranch : undefined);
    await loseWorker(queue, id, stage);
    await loseWorker(queue, id, stage);
    const best = isBranch ? 'generate.interpreted' : 'enhance.interpreted';
    const faults: StageWorkerEvent[] = [];
    const report = (event: StageWorkerEvent) => event.kind === 'fault' && faults.push(event);
    const { models } = await queue.startWorker({ compare: prefers(best) }, { report });
    const run = await queue.finished(id);

    expect(models.calls.map((call) => call.stage)).not.toContain(stage);
    expect(run.outcome).toMatchObject({
      status: 'completed',
      route: 'complex',
      response,
      degraded: [{ stage, code: 'worker-lost', consequence }],
    });
    expect(run.stages[stage]).toMatchObject({ status: 'failed', failure: { code: 'worker-lost' } });
    expect(run.stages[stage]?.calls.map(({ failure }) => failure?.code)).toEqual([
      'worker-lost',
      'worker-lost',
      'worker-lost',
    ]);
    const message = `stage ${stage} of run ${id} was given up: it lost 3 workers`;
    expect(faults).toEqual([{ kind: 'fault', error: new Error(message) }]);
  },
);
