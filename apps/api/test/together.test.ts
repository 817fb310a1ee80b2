import { fenced, type Reply, reply } from '@codegen/testing/replies';
import { expect, inject, test } from 'vitest';
import { startService } from './service.ts';

const simple = reply('simple');
/** Writes the number that was asked for. */
const echo: Reply = (asked, moments) => {
  const [, number] = /number (\d+)\b/.exec(asked.prompt.user) ?? [];
  return reply(fenced(`print(${number})`))(asked, moments);
};

test('requests at the same time get each their own answer', async () => {
  const warnings: Error[] = [];
  const warn = (warning: Error) => warnings.push(warning);
  process.on('warning', warn);
  const count = inject('redisKind') === 'embedded' ? 40 : 200;
  await using service = await startService({ replies: { classify: simple, answer: echo } });
  const replies = await Promise.all(
    Array.from({ length: count }, (_, i) => service.get(`/generate?query=number+${i}`)),
  );
  expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
  expect(replies.map(({ json }) => json)).toEqual(
    replies.map((_, i) => ({ code: `print(${i})`, steps: { directCode: `print(${i})` } })),
  );
  expect(new Set(replies.map(({ headers }) => headers.get('X-Job-Id'))).size).toBe(count);
  process.off('warning', warn);
  expect(warnings).toEqual([]);
});

test('two APIs on one queue show the same jobs', async () => {
  await using one = await startService({ replies: { classify: simple, answer: echo } });
  const path = await one.begin('number 1');
  const run = await one.finished(path);
  const namespace = one.namespace;
  await using two = await startService({ worker: false, settings: { QUEUE_NAMESPACE: namespace } });
  expect((await two.get(path)).json).toEqual((await one.get(path)).json);
  expect((await two.get(path)).json.id).toBe(run.id);
  // The second API has no worker of its own; the first one's answers it.
  expect((await two.get('/generate?query=number+2')).json.code).toBe('print(2)');
});
