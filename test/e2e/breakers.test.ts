import { HANG_MS } from '@codegen/testing/timeouts';
import { expect, it, vi } from 'vitest';
import { generatePath, type Service, SIMPLE, startService } from './service.ts';

const MODELS = 'maker/main,maker/spare';

const callsOf = ({ simulator }: Service, model?: string) =>
  simulator.calls().filter((call) => model === undefined || call.model === model).length;

const ask = (service: Service) => service.get(`${generatePath(SIMPLE)}&coalesce=false`);
const logs = (service: Service) => service.workers.map((worker) => worker.stdout()).join('');
const count = (text: string, word: string) => text.split(word).length - 1;

// Both tests mostly wait for breakers, so they run together.
const TIMEOUT = { timeout: HANG_MS, interval: 250 };

it.concurrent('a rejected key costs one call, runs fail at once until the key is valid again', async () => {
  await using service = await startService({ workers: 2 });
  service.simulator.faults.add({ fault: { kind: 'bad-key' }, times: 1 });
  const refused = async () => {
    const answer = await ask(service);
    expect([answer.status, await answer.json()]).toMatchObject([
      502,
      { type: '/problems/model-key-rejected' },
    ]);
  };
  await refused();
  await Promise.all([refused(), refused(), refused()]);
  expect(callsOf(service)).toBe(1);
  await vi.waitUntil(async () => (await ask(service)).status === 200, TIMEOUT);
  await vi.waitUntil(() => count(logs(service), '"breaker closed"') === 1, TIMEOUT);
  expect(count(logs(service), '"breaker opened: the model server refuses the account"')).toBe(1);
});

it.concurrent('a failing model gets no calls until a trial call succeeds', async () => {
  await using service = await startService({ workers: 2, env: { MODEL_INSTRUCT_TUNED: MODELS } });
  service.simulator.faults.add({ match: { model: 'maker/main' }, fault: { kind: 'status', status: 503 } });
  await vi.waitUntil(async () => {
    expect((await ask(service)).status).toBe(200);
    return logs(service).includes('"breaker opened"');
  }, TIMEOUT);
  // At most one trial call.
  expect(callsOf(service, 'maker/main')).toBeLessThanOrEqual(6);
  service.simulator.faults.clear();
  await vi.waitUntil(async () => {
    expect((await ask(service)).status).toBe(200);
    return logs(service).includes('"breaker closed"');
  }, TIMEOUT);
});
