import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { hasEnded } from '@codegen/pipeline';
import { afterAll, expect, test } from 'vitest';
import { complexResponse } from '../../../test/conformance/case.ts';
import { codeBy, prefers } from '../../../test/conformance/replies.ts';
import { openQueue, type Queue, until } from './queue.ts';

const FIXTURE = join(import.meta.dirname, 'worker.fixture.ts');

/** How soon a worker is missed, so that nobody waits for the usual 5 s. */
const QUICK = { lockMs: 1_500, stallCheckMs: 300 };

const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a worker in a process of its own and kills it when its model is asked for a stage, and `then` has come. */
async function loseWorker({ options }: Queue, stage: string, then: () => Promise<unknown> = async () => {}) {
  const child = spawn(process.execPath, [FIXTURE, JSON.stringify(options), stage], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  await once(child.stdout, 'data');
  await then();
  const ended = once(child, 'close');
  child.kill('SIGKILL');
  await ended;
  running.delete(child);
}

test.concurrent('a worker that dies in a stage is replaced, and what was done is not done again', async () => {
  await using queue = openQueue(QUICK);
  const id = await queue.begin();
  const whenAllElseIsDone = () =>
    until(async () => hasEnded((await queue.run(id)).stages['enhance.interpreted']));
  await loseWorker(queue, 'generate.direct', whenAllElseIsDone);
  const before = (await queue.run(id)).stages;
  const { models } = await queue.startWorker();
  const run = await queue.settled(id);

  expect(run.settled).toMatchObject({ status: 'completed', response: complexResponse(), degraded: [] });
  expect(models.asked.map(({ stage }) => stage).sort()).toEqual([
    'compare',
    'enhance.direct',
    'generate.direct',
    'polish',
  ]);
  expect(run.stages['enhance.interpreted']).toEqual(before['enhance.interpreted']);
  // Whatever it was that took the worker, it is not to take the other branch with it again.
  expect(await queue.redis.hexists(queue.keys.run(id), 'forked:compare')).toBe(1);
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

test.concurrent('a worker that dies in the first stage is replaced', async () => {
  await using queue = openQueue(QUICK);
  const id = await queue.begin();
  await loseWorker(queue, 'classify');
  await queue.startWorker();
  expect((await queue.settled(id)).settled).toMatchObject({ status: 'completed', degraded: [] });
});

test.concurrent.each([
  ['classify', complexResponse(), 'the request was treated as complex'],
  [
    'enhance.interpreted',
    complexResponse({
      enhancedInterpretedCode: codeBy('generate.interpreted'),
      bestImplementation: codeBy('generate.interpreted'),
    }),
    'the draft went on unimproved',
  ],
  ['compare', complexResponse(), 'the implementation from the specification was taken, else the direct one'],
])(
  'a %s that kills two workers is given up, and the run goes on without it',
  async (stage, response, consequence) => {
    await using queue = openQueue(QUICK);
    const id = await queue.begin();
    const isBranch = stage === 'enhance.interpreted';
    const otherBranch = () => until(async () => hasEnded((await queue.run(id)).stages['enhance.direct']));
    await loseWorker(queue, stage, isBranch ? otherBranch : undefined);
    await loseWorker(queue, stage);
    const best = isBranch ? 'generate.interpreted' : 'enhance.interpreted';
    const { models } = await queue.startWorker({ compare: prefers(best) });
    const run = await queue.settled(id);

    expect(models.asked.map((asked) => asked.stage)).not.toContain(stage);
    expect(run.settled).toMatchObject({
      status: 'completed',
      route: 'complex',
      response,
      degraded: [{ stage, code: 'worker-lost', consequence }],
    });
    expect(run.stages[stage]).toMatchObject({ status: 'failed', failure: { code: 'worker-lost' } });
    expect(run.stages[stage]?.calls.map(({ failure }) => failure?.code)).toEqual([
      'worker-lost',
      'worker-lost',
    ]);
    expect(queue.faults.map(({ message }) => message)).toEqual([
      `stage ${stage} of run ${id} took 2 workers with it and is given up`,
    ]);
  },
);
