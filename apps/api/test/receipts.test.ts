import { COMPLEX, complexAfter } from '@codegen/testing/case';
import { fails, hangs, lost, reply } from '@codegen/testing/replies';
import { expect, test } from 'vitest';
import { cancelJob, send } from './send.ts';
import { type Reply, startService } from './service.ts';

const simple = { classify: reply('simple') };
const outcomes = ({ receipts }: Reply['json']) =>
  receipts.map(({ stage, outcome, figures }: Record<string, unknown>) => [stage, outcome, figures]);

test('a job that is cancelled with calls in hand has a receipt of each call, and of what never started', async () => {
  await using service = await startService({ replies: { 'generate.direct': hangs, interpret: hangs } });
  const path = await service.begin();
  await service.models.whenCalled('generate.direct');
  await service.models.whenCalled('interpret');
  expect((await service.get(path)).json).toMatchObject({ status: 'running', receipts: null });

  // What aborted calls came to is told by the worker that had them in hand.
  const early = outcomes((await cancelJob(service, path)).json);
  expect(early).toHaveLength(COMPLEX.length);
  const isBilled = (receipt: { figures: unknown; outcome: string }) =>
    receipt.outcome !== 'aborted' || receipt.figures !== null;
  const job = await service.job(path, ({ receipts }) => receipts.every(isBilled));
  expect(outcomes(job).toSorted()).toEqual(
    [
      ['classify', 'finished', 'reported'],
      ['generate.direct', 'aborted', 'estimated'],
      ['interpret', 'aborted', 'estimated'],
      ...[
        'enhance.direct',
        'generate.interpreted',
        'enhance.interpreted',
        'compare',
        ...complexAfter('compare'),
      ].map((stage) => [stage, 'never started', null]),
    ].toSorted(),
  );
  const [first, , , next] = job.receipts;
  expect(first).toEqual({
    stage: 'classify',
    model: 'classifier-1',
    servedModel: 'served/classifier-1',
    provider: null,
    generationId: 'gen',
    outcome: 'finished',
    tokens: { prompt: 10, completion: 5, reasoning: null, cached: null },
    cost: 0.01,
    figures: 'reported',
  });
  expect(next).toMatchObject({ outcome: 'never started', model: null, cost: 0 });
  expect(job.receipts[1]).toMatchObject({ generationId: 'gen-cut', tokens: { prompt: 8 }, cost: null });
});

test('a job that was cancelled before anything was asked cost nothing', async () => {
  await using service = await startService({ worker: false });
  const { json } = await cancelJob(service, await service.begin());
  expect(outcomes(json)).toEqual([['classify', 'never started', null]]);
});

test.each([
  ['completed', reply('x = 1', { provider: 'Mistral' }), 'finished', 'Mistral'],
  ['failed', lost, 'failed', null],
])('a job that has %s has the bill of every try', async (status, answer, outcome, provider) => {
  const busy = fails(
    { intent: 'retry', code: 'overloaded' },
    { provider: 'Groq', cost: 0.5, figures: 'reported' },
  );
  await using service = await startService({ replies: { ...simple, answer: [busy, answer] } });
  const path = await service.begin();
  await service.finished(path);
  const { json } = await service.get(path);
  expect(json.status).toBe(status);
  expect(json.receipts).toMatchObject([
    { stage: 'classify', outcome: 'finished' },
    { stage: 'answer', outcome: 'failed', provider: 'Groq', cost: 0.5, figures: 'reported' },
    { stage: 'answer', outcome, provider },
  ]);
  const calls = json.stages
    .at(-1)
    .calls.map(({ provider, figures }: Record<string, unknown>) => [provider, figures]);
  expect(calls).toEqual(json.receipts.slice(1).map((one: Reply['json']) => [one.provider, one.figures]));
});

test('who settles for less sees what was broken off for it, and what never started', async () => {
  await using service = await startService({ replies: { 'enhance.direct': hangs, interpret: hangs } });
  const path = await service.begin();
  await service.models.whenCalled('enhance.direct');
  await service.models.whenCalled('interpret');
  expect((await send(service, 'POST', `${path}/accept`)).status).toBe(200);
  const { json } = await service.get(path);
  const byStage = Object.fromEntries(outcomes(json).map(([stage, outcome]: string[]) => [stage, outcome]));
  expect(byStage).toMatchObject({ 'generate.direct': 'finished', 'enhance.direct': 'aborted' });
  expect(byStage).toMatchObject({ interpret: 'aborted', compare: 'never started', polish: 'never started' });
});
