import { all } from '@codegen/testing/api/collect';
import { startService } from '@codegen/testing/api/service';
import { reply } from '@codegen/testing/models/replies';
import { expect, test } from 'vitest';
import { CodegenError, createClient } from '../src/index.ts';

test('continues a job, and lists, reads and deletes threads', async () => {
  await using service = await startService({ replies: { classify: reply('simple') } });
  const client = createClient({ baseUrl: service.url });
  const files = [{ name: 'lib.py', content: 'x = 1\n' }];
  const first = await client.run({ query: 'one', files });
  const second = await client.run({ query: 'two', previousJobId: first.id });
  await client.generate('three', { previousJobId: second.id });
  const other = await client.run({ query: 'other' });

  const thread = await client.thread(first.threadId);
  expect(thread.turns.map(({ request }) => request)).toEqual(['one', 'two', 'three']);
  expect(thread.turns[0]?.diff).not.toBeNull();
  expect((await all(client.threads())).map(({ id, jobs }) => [id, jobs])).toEqual([
    [other.threadId, 1],
    [first.threadId, 3],
  ]);
  await client.removeThread(first.threadId);
  await expect(client.thread(first.threadId)).rejects.toThrow(CodegenError);
  await expect(client.thread('..')).rejects.toThrow('is not a thread id');
});
