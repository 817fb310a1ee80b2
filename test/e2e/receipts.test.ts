import { complexAfter } from '@codegen/testing/case';
import { expect, test, vi } from 'vitest';
import { createClient, type Job } from '../../packages/client/src/index.ts';
import { COMPLEX, startService } from './service.ts';

/** Writes a little and then says nothing more. */
const stuck = (stage: string) => [
  '--fault',
  JSON.stringify({ match: { stage }, fault: { kind: 'hang', afterTokens: 5 } }),
];

test('the bill of a job that is cancelled in the middle is that of the model server', async () => {
  const simulator = [...stuck('interpret'), ...stuck('enhance.direct')];
  await using service = await startService({ workers: 1, simulator });
  const client = createClient({ baseUrl: service.url });
  const { id } = await client.submit({ query: COMPLEX });
  const silent = new Set(['interpret', 'enhance.direct']);
  for await (const event of client.events(id)) {
    if (event.type === 'stage.delta') silent.delete(event.stage);
    if (silent.size === 0) break;
  }
  await client.cancel(id);
  const receiptsOf = (job: Job) => job.receipts ?? [];
  // The worker closes the streams, and then tells how far they had come.
  const receipts = await vi.waitUntil(
    async () => {
      const found = receiptsOf(await client.job(id));
      return found.every(({ outcome, figures }) => outcome !== 'aborted' || figures !== null) && found;
    },
    { timeout: 30_000, interval: 50 },
  );

  expect(receipts.map(({ stage, outcome, figures }) => [stage, outcome, figures]).toSorted()).toEqual(
    [
      ['classify', 'finished', 'reported'],
      ['generate.direct', 'finished', 'reported'],
      ['interpret', 'aborted', 'estimated'],
      ['enhance.direct', 'aborted', 'estimated'],
      ['generate.interpreted', 'never started', null],
      ['enhance.interpreted', 'never started', null],
      ['compare', 'never started', null],
      ...complexAfter('compare').map((stage) => [stage, 'never started', null]),
    ].toSorted(),
  );
  const asked = receipts.filter(({ model }) => model !== null);
  for (const { provider, servedModel, tokens } of asked) {
    expect([provider, servedModel]).toEqual(['Simulated', expect.stringMatching(/^simulated\//)]);
    expect(tokens).toMatchObject({ prompt: expect.any(Number), completion: expect.any(Number) });
  }

  const log = new URL('/_simulator/calls', service.simulatorUrl);
  const served = await vi.waitUntil(
    async () => {
      const calls = (await (await fetch(log)).json()) as { id: string; status: string }[];
      return calls.every(({ status }) => status !== 'open') && calls;
    },
    { timeout: 30_000, interval: 50 },
  );
  const told = { finished: 'answered', aborted: 'aborted' } as Record<string, string>;
  expect(served.map(({ id, status }) => [id, status]).toSorted()).toEqual(
    asked.map(({ generationId, outcome }) => [generationId, told[outcome]]).toSorted(),
  );
});
