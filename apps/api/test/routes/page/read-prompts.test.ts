import { expectProblem, startService } from '@codegen/testing/api/service';
import { reply } from '@codegen/testing/models/replies';
import { expect, test } from 'vitest';

const LONG = `\`\`\`python\n${'x = 1\n'.repeat(20_000)}\`\`\``;

test('prompts and raw answers can be read if the operator shows them', async () => {
  await using service = await startService({
    replies: { classify: reply('simple'), answer: reply(LONG) },
    settings: { SHOW_PROMPTS: true },
  });
  const path = await service.begin('count the words');
  await service.finished(path);
  const { status, json } = await service.get(`${path}/prompts`);
  expect(status).toBe(200);
  const [classify, answer] = json.prompts;
  expect(classify).toMatchObject({ stage: 'classify', answer: 'simple', truncated: false });
  expect(classify.user).toContain('count the words');
  expect(classify.system).toContain('Decide how the request should be served');
  expect(answer).toMatchObject({ stage: 'answer', answer: LONG.slice(0, 50_000), truncated: true });
  expect((await service.get('/')).json.features.prompts).toBe(true);
});

test('without the setting nothing is stored', async () => {
  await using service = await startService({ replies: { classify: reply('simple') } });
  const path = await service.begin();
  await service.finished(path);
  expectProblem(await service.get(`${path}/prompts`), 'prompts-not-shown', 403);
  expect(await service.runs.prompts(path.slice('/jobs/'.length))).toEqual([]);
});
