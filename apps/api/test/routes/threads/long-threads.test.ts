import { JSON_TYPE, postJob, send } from '@codegen/testing/api/requests';
import { type Service, startService } from '@codegen/testing/api/service';
import { codeBy, lost, type Reply, reply } from '@codegen/testing/models/replies';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** Earlier turns may take 750 characters. */
const settings = { MODEL_CONTEXT_TOKENS: 2_000 };
const long = (text: string) => `${text} ${'x'.repeat(400)}`;

/** Fails for requests of a thread that says so. */
const summarize: Reply = (call, moments) =>
  (call.prompt.user.includes('unlucky') ? lost : reply('THE SUMMARY'))(call, moments);

let service: Service;
beforeAll(async () => {
  const edit = reply('```python title="main.py"\nprint(2)\n```');
  const answer = reply(`\`\`\`python\n${codeBy('answer')}\n\`\`\``);
  const classify: Reply = (call, moments) =>
    reply(call.prompt.user.includes('<files-') ? 'edit' : 'simple')(call, moments);
  service = await startService({ replies: { classify, answer, edit, summarize }, settings });
});
afterAll(() => service?.[Symbol.asyncDispose]());

const follow = async (query: string, previousJobId?: string) =>
  (await postJob(service, { query, wait: 30, ...(previousJobId && { previousJobId }) })).json;
const stagesOf = (job: { stages: { name: string }[] }) => job.stages.map(({ name }) => name);
const promptOf = (stage: string) =>
  service.models.calls.findLast((call) => call.stage === stage)!.prompt.user;

test('older turns are summarised once they grow long, and the summary stays with the thread', async () => {
  const first = await follow(long('FIRST'));
  const second = await follow(long('SECOND'), first.id);
  expect(stagesOf(second)).toEqual(['classify', 'edit']);
  const third = await follow(long('THIRD'), second.id);
  expect(stagesOf(third)).toEqual(['summarize', 'classify', 'edit']);
  expect(promptOf('summarize')).toMatch(/FIRST[\s\S]*<request-\w+>\nTHIRD/);
  expect(promptOf('summarize')).not.toContain('print(');
  for (const stage of ['classify', 'edit']) {
    expect(promptOf(stage)).toContain('THE SUMMARY');
    expect(promptOf(stage)).not.toContain('FIRST');
    expect(promptOf(stage)).toContain('THIRD');
  }
  expect(promptOf('edit')).toContain('print(2)');

  const fourth = await follow('FOURTH', third.id);
  expect(stagesOf(fourth)).toEqual(['classify', 'edit']);
  expect(promptOf('edit')).toMatch(/THE SUMMARY[\s\S]*THIRD[\s\S]*FOURTH/);
  const { turns } = (await service.get(`/threads/${first.id}`)).json;
  expect(turns.map(({ request }: { request: string }) => request.split(' ', 1)[0])).toEqual([
    'FIRST',
    'SECOND',
    'THIRD',
    'FOURTH',
  ]);
});

test('when summarize fails, older turns are shortened', async () => {
  let job = await follow(long('unlucky one'));
  for (const query of ['unlucky two', 'unlucky three']) job = await follow(long(query), job.id);
  expect(job).toMatchObject({ status: 'completed', degraded: [{ stage: 'summarize', code: 'too-long' }] });
  expect(promptOf('edit')).toContain('- user: unlucky one');
});

test('a job that runs again uses its summary, which is not paid twice', async () => {
  let job = await follow(long('FIRST'));
  for (const query of ['SECOND', 'THIRD']) job = await follow(long(query), job.id);
  const before = service.models.calls.length;
  const body = JSON.stringify({ from: 'classify' });
  const again = await send(service, 'POST', `/jobs/${job.id}/rerun`, body, JSON_TYPE);
  await service.finished(`/jobs/${again.json.id}`);
  expect(service.models.calls.slice(before).map(({ stage }) => stage)).toEqual(['classify', 'edit']);
  expect(promptOf('edit')).toContain('THE SUMMARY');
  expect(promptOf('edit')).not.toContain('FIRST');
});

test('the size of a prompt does not grow with the length of a thread', async () => {
  let job = await follow(long('turn 0'));
  const sizes: number[] = [];
  for (let turn = 1; turn <= 12; turn++) {
    job = await follow(long(`turn ${turn}`), job.id);
    expect(job.status).toBe('completed');
    sizes.push(promptOf('edit').length);
  }
  expect(Math.max(...sizes.slice(6))).toBeLessThan(1.1 * Math.max(...sizes.slice(0, 6)));
});
