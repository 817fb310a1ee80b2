import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient, type FinishedJob } from '@codegen/client';
import { parseStageLog } from '@codegen/worker';
import { expect, it } from 'vitest';
import { COMPLEX, startService } from '../service.ts';

const summary = ({ route, tokens, diff, files }: FinishedJob) => ({
  route,
  files: files.map(({ name }) => name),
  diff: diff?.map(({ name, change }) => [name, change]),
  tokens,
});

it('a thread of three turns: a complex request, an edit, and an edit of two files', async () => {
  await using service = await startService({ workers: 2 });
  const client = createClient({ baseUrl: service.url });
  const tests = { name: 'tests/test_todo.py', content: 'def test_nothing():\n    assert True\n' };

  const first = await client.run({ query: COMPLEX });
  expect(first).toMatchObject({ status: 'completed', route: 'complex', diff: null });

  const second = await client.run({ query: 'Now rename Todo to Task', previousJobId: first.id });
  expect(summary(second)).toMatchObject({
    route: 'edit',
    files: ['main.py'],
    diff: [['main.py', 'modified']],
  });
  expect(second.diff?.[0]?.patch).toMatch(/^--- a\/main\.py\n\+\+\+ b\/main\.py\n@@ /);

  const third = await client.run({
    query: 'Rename Task to Entry in main.py and tests/test_todo.py',
    previousJobId: second.id,
    files: [tests],
  });
  expect(summary(third)).toMatchObject({
    route: 'edit',
    files: ['main.py', 'tests/test_todo.py'],
    diff: [
      ['main.py', 'modified'],
      ['tests/test_todo.py', 'modified'],
    ],
  });
  // The prompts of an edit have one version of the code: they do not grow with the thread.
  expect(third.tokens.prompt).toBeLessThan(1.5 * (second.tokens.prompt ?? 0));

  const thread = await client.thread(first.threadId);
  expect(thread.turns.map(({ jobId }) => jobId)).toEqual([first.id, second.id, third.id]);
  const log = parseStageLog(await readFile(join(service.logDir, 'generator_edit_responses.txt')));
  expect(log.map(({ run }) => run)).toEqual([second.id, third.id]);
});
