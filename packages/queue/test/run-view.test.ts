import { graph } from '@codegen/pipeline';
import { expect, test } from 'vitest';
import { openRunView } from '../src/flow/run-view.ts';
import { openRunStore } from '../src/jobs/run-store.ts';
import { openQueue, RETENTION_SECONDS } from './queue.ts';
import { recordOf } from './record.ts';

const record = (stage: string) => recordOf(stage, { kind: 'route', route: 'simple' });

async function openViews() {
  const queue = openQueue();
  const id = await queue.begin();
  const limits = { retentionSeconds: RETENTION_SECONDS };
  const store = openRunStore(graph, queue.redis, queue.keys, limits);
  const open = async () => openRunView(store, (await store.load(id))!, 'run');
  const names = async () => Object.keys((await queue.run(id)).stages);
  return { open, names, [Symbol.asyncDispose]: () => queue[Symbol.asyncDispose]() };
}

test.concurrent('what the next holder of a job writes is not taken for what the last one wrote', async () => {
  await using views = await openViews();
  const first = await views.open();
  first.put(record('classify'));
  await first.save();
  const next = await views.open();
  next.put(record('answer'));
  await next.save();
  expect(await views.names()).toEqual(['classify', 'answer']);
});

test.concurrent('two write to a run at the same time, and each sees what the other has put', async () => {
  await using views = await openViews();
  const view = await views.open();
  const beside = view.beside('answer');
  view.put(record('classify'));
  beside.put(record('answer'));
  expect(Object.keys(view.run.stages)).toEqual(['classify', 'answer']);
  const saved = beside.save();
  expect(view.isUnsaved).toBe(true);
  await saved;
  expect(beside.isUnsaved).toBe(false);
  expect(await views.names()).toEqual(['answer']);
  await view.refresh();
  expect(Object.keys(view.run.stages)).toEqual(['answer', 'classify']);
  await view.save();
  expect((await views.names()).sort()).toEqual(['answer', 'classify']);
  expect(beside.run.lastEvent).toBe(2);
});
