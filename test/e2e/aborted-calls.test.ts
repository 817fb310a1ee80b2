import { createClient, type Job } from '@codegen/client';
import { complexAfter } from '@codegen/testing/runs/case';
import { HANG_MS } from '@codegen/testing/timeouts';
import { expect, test, vi } from 'vitest';
import { COMPLEX, startService } from './service.ts';

/** Writes five tokens and then hangs. */
const stuck = (stage: 'interpret' | 'enhance.direct') =>
  ({ match: { stage }, fault: { kind: 'hang', afterTokens: 5 } }) as const;

test('a cancelled job lists the calls that the model server received', async () => {
  const faults = [stuck('interpret'), stuck('enhance.direct')];
  await using service = await startService({ workers: 1, faults });
  const client = createClient({ baseUrl: service.url });
  const { id } = await client.submit({ query: COMPLEX });
  const silent = new Set(['interpret', 'enhance.direct']);
  for await (const event of client.events(id)) {
    if (event.type === 'stage.delta') silent.delete(event.stage);
    if (silent.size === 0) break;
  }
  await client.cancel(id);
  const callsOf = (job: Job) =>
    job.stages.flatMap(({ name, calls }) => calls.map((call) => ({ stage: name, ...call })));
  // The worker aborts the calls, and then reports how much they used.
  const job = await vi.waitUntil(
    async () => {
      const found = await client.job(id);
      return (
        callsOf(found).every(({ outcome, figures }) => outcome !== 'aborted' || figures !== null) && found
      );
    },
    { timeout: HANG_MS, interval: 50 },
  );

  const calls = callsOf(job);
  expect(calls.map(({ stage, outcome, figures }) => [stage, outcome, figures]).toSorted()).toEqual(
    [
      ['classify', 'finished', 'reported'],
      ['generate.direct', 'finished', 'reported'],
      ['interpret', 'aborted', 'estimated'],
      ['enhance.direct', 'aborted', 'estimated'],
    ].toSorted(),
  );
  const unbegun = job.stages.filter(({ status }) => status === 'not-started').map(({ name }) => name);
  expect(unbegun).toEqual([
    'generate.interpreted',
    'enhance.interpreted',
    'compare',
    ...complexAfter('compare'),
  ]);
  for (const { provider, servedModel, tokens } of calls) {
    expect([provider, servedModel]).toEqual(['Simulated', expect.stringMatching(/^simulated\//)]);
    expect(tokens).toMatchObject({ prompt: expect.any(Number), completion: expect.any(Number) });
  }

  const served = await vi.waitUntil(
    () => {
      const all = service.simulator.calls();
      return all.every(({ status }) => status !== 'open') && all;
    },
    { timeout: HANG_MS, interval: 50 },
  );
  const statusOf = { finished: 'answered', aborted: 'aborted' } as Record<string, string>;
  expect(served.map(({ id, status }) => [id, status]).toSorted()).toEqual(
    calls.map(({ generationId, outcome }) => [generationId, statusOf[outcome]]).toSorted(),
  );
});
