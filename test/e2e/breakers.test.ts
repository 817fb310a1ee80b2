import { expect, it, vi } from 'vitest';
import { generatePath, type Service, SIMPLE, startService } from './service.ts';

interface Call {
  model: string;
  status: string;
}

const MODELS = 'maker/main,maker/spare';

const simulator = (service: Service, path: string, init: RequestInit = {}) =>
  fetch(service.simulatorUrl.replace(/\/v1$/, `/_simulator/${path}`), init);

const addFault = async (service: Service, rule: object) => {
  const added = await simulator(service, 'faults', { method: 'POST', body: JSON.stringify(rule) });
  expect(added.ok).toBe(true);
};

const callsOf = async (service: Service, model?: string) => {
  const calls = (await (await simulator(service, 'calls')).json()) as Call[];
  return calls.filter((call) => model === undefined || call.model === model).length;
};

const ask = (service: Service) => service.get(`${generatePath(SIMPLE)}&coalesce=false`);
const logs = (service: Service) => service.workers.map((worker) => worker.stdout()).join('');
const count = (text: string, word: string) => text.split(word).length - 1;

const TIMEOUT = { timeout: 45_000, interval: 250 };

it('a rejected key costs one call, runs fail at once until the key is valid again', async () => {
  await using service = await startService({ workers: 2 });
  await addFault(service, { fault: { kind: 'bad-key' }, times: 1 });
  const refused = async () => {
    const answer = await ask(service);
    expect([answer.status, await answer.json()]).toMatchObject([
      502,
      { type: '/problems/model-key-rejected' },
    ]);
  };
  await refused();
  await Promise.all([refused(), refused(), refused()]);
  expect(await callsOf(service)).toBe(1);
  await vi.waitUntil(async () => (await ask(service)).status === 200, TIMEOUT);
  await vi.waitUntil(() => count(logs(service), '"breaker closed"') === 1, TIMEOUT);
  expect(count(logs(service), '"breaker opened: the model server refuses the account"')).toBe(1);
});

it('a failing model gets no calls until a trial call succeeds', async () => {
  await using service = await startService({ workers: 2, env: { MODEL_INSTRUCT_TUNED: MODELS } });
  await addFault(service, { match: { model: 'maker/main' }, fault: { kind: 'status', status: 503 } });
  await vi.waitUntil(async () => {
    expect((await ask(service)).status).toBe(200);
    return logs(service).includes('"breaker opened"');
  }, TIMEOUT);
  // At most one trial call.
  expect(await callsOf(service, 'maker/main')).toBeLessThanOrEqual(6);
  await simulator(service, 'faults', { method: 'DELETE' });
  await vi.waitUntil(async () => {
    expect((await ask(service)).status).toBe(200);
    return logs(service).includes('"breaker closed"');
  }, TIMEOUT);
});
