import { cancelJob, send } from '@codegen/testing/api/requests';
import { type Reply, startService } from '@codegen/testing/api/service';
import { fails, hangs, lost, reply } from '@codegen/testing/models/replies';
import { COMPLEX, complexBut } from '@codegen/testing/runs/case';
import { expect, test } from 'vitest';

const simple = { classify: reply('simple') };

/** Result of `outcomesIn` for a stage without a call. */
const notStarted = (...stages: readonly string[]) => stages.map((stage) => [stage, 'not-started', null]);

/** Stage, outcome and source of the figures of each call; stage and status of stages without a call. */
const outcomesIn = ({ stages }: Reply['json']): unknown[][] =>
  stages.flatMap(({ name, status, calls }: Reply['json']) =>
    calls.length === 0
      ? [[name, status, null]]
      : calls.map(({ outcome, figures }: Reply['json']) => [name, outcome, figures]),
  );

test('a job cancelled during calls shows the outcome of each call and the stages that never started', async () => {
  await using service = await startService({ replies: { 'generate.direct': hangs, interpret: hangs } });
  const path = await service.begin();
  await service.models.whenCalled('generate.direct');
  await service.models.whenCalled('interpret');
  const running = (await service.get(path)).json;
  expect(running.status).toBe('running');
  expect(outcomesIn(running)).toContainEqual(['interpret', 'running', null]);

  // The worker that made an aborted call reports its usage afterwards.
  expect(outcomesIn((await cancelJob(service, path)).json)).toHaveLength(COMPLEX.length);
  const isReported = ([, outcome, figures]: unknown[]) => outcome !== 'aborted' || figures !== null;
  const job = await service.job(path, (now) => outcomesIn(now).every(isReported));
  expect(outcomesIn(job).toSorted()).toEqual(
    [
      ['classify', 'finished', 'reported'],
      ['generate.direct', 'aborted', 'estimated'],
      ['interpret', 'aborted', 'estimated'],
      ...notStarted(...complexBut('classify', 'generate.direct', 'interpret')),
    ].toSorted(),
  );
  const [classify, aborted] = job.stages;
  expect(classify.calls).toEqual([
    {
      model: 'classifier-1',
      servedModel: 'served/classifier-1',
      provider: null,
      generationId: 'gen',
      outcome: 'finished',
      startedAt: expect.any(String),
      durationMs: expect.any(Number),
      tokens: { prompt: 10, completion: 5, reasoning: null, cached: null },
      cost: 0.01,
      figures: 'reported',
      failure: null,
    },
  ]);
  expect(aborted.calls).toMatchObject([
    { generationId: 'gen-cut', tokens: { prompt: 8 }, cost: null, failure: { code: 'aborted' } },
  ]);
});

test('a job cancelled before any call shows its first stage as not started', async () => {
  await using service = await startService({ worker: false });
  const { json } = await cancelJob(service, await service.begin());
  expect(outcomesIn(json)).toEqual(notStarted('classify'));
});

test.each([
  ['completed', reply('x = 1', { provider: 'Mistral' }), 'finished', 'Mistral'],
  ['failed', lost, 'failed', null],
])(
  'a job that has %s shows the outcome and cost of every attempt',
  async (status, answer, outcome, provider) => {
    const busy = fails(
      { intent: 'retry', code: 'overloaded' },
      { provider: 'Groq', cost: 0.5, figures: 'reported' },
    );
    await using service = await startService({ replies: { ...simple, answer: [busy, answer] } });
    const path = await service.begin();
    await service.finished(path);
    const { json } = await service.get(path);
    expect(json.status).toBe(status);
    expect(json.stages).toMatchObject([
      { name: 'classify', calls: [{ outcome: 'finished' }] },
      {
        name: 'answer',
        calls: [
          { outcome: 'failed', provider: 'Groq', cost: 0.5, figures: 'reported' },
          { outcome, provider },
        ],
      },
    ]);
  },
);

test('an accepted job shows the calls it aborted and the stages that never started', async () => {
  await using service = await startService({ replies: { 'enhance.direct': hangs, interpret: hangs } });
  const path = await service.begin();
  await service.models.whenCalled('enhance.direct');
  await service.models.whenCalled('interpret');
  expect((await send(service, 'POST', `${path}/accept`)).status).toBe(200);
  const { json } = await service.get(path);
  const byStage = Object.fromEntries(outcomesIn(json).map(([stage, outcome]) => [stage, outcome]));
  expect(byStage).toMatchObject({ 'generate.direct': 'finished', 'enhance.direct': 'aborted' });
  expect(byStage).toMatchObject({ interpret: 'aborted', compare: 'not-started', polish: 'not-started' });
});
