import { type Service, startService } from '@codegen/testing/api/service';
import { codeBy, hangs, QUESTION, type Reply, reply } from '@codegen/testing/models/replies';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectMcp, jobOf, textOf } from './mcp-client.ts';

const classify: Reply = (call, moments) => {
  const { user } = call.prompt;
  const route = user.includes('in Python') ? 'simple' : user.includes('vague') ? 'ambiguous' : 'complex';
  return reply(route)(call, moments);
};

let service: Service;
/** A service whose jobs do not end, and whose requests wait for one second. */
let hasty: Service;
beforeAll(async () => {
  service = await startService({ replies: { classify } });
  hasty = await startService({ replies: { compare: hangs }, settings: { SYNC_WAIT_SECONDS: 1 } });
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await hasty?.[Symbol.asyncDispose]();
});

const UNKNOWN = '8a5b1c1e-0000-4000-8000-000000000000';
const generate = (query: string) => ({ name: 'generate_code', arguments: { query } });

describe.each(['modern', 'legacy'] as const)('in the %s era', (era) => {
  it('lists the tools with their schemas', async () => {
    await using client = await connectMcp(service.url, { era });
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      'generate_code',
      'edit_code',
      'get_job',
      'accept_job',
      'cancel_job',
    ]);
    for (const { outputSchema } of tools) expect(outputSchema?.properties).toHaveProperty('jobId');
  });

  it('returns the code of a job as text and as structured content', async () => {
    await using client = await connectMcp(service.url, { era });
    const result = await client.callTool(generate('a sum in Python'));
    expect(jobOf(result)).toMatchObject({
      status: 'completed',
      files: [{ content: codeBy('answer'), language: 'python' }],
      question: null,
    });
    expect(textOf(result)).toBe(`\`\`\`python\n${codeBy('answer')}\n\`\`\``);
    const { json } = await service.get(`/jobs/${jobOf(result).jobId}`);
    expect(json).toMatchObject({ status: 'completed', query: 'a sum in Python' });
  });

  it('reports each stage as progress', async () => {
    await using client = await connectMcp(service.url, { era });
    const progress: { progress: number; message?: string | undefined }[] = [];
    await client.callTool(generate('a tool'), { onprogress: (one) => progress.push(one) });
    const messages = progress.map(({ message }) => message);
    expect(messages).toContain('classify: started');
    expect(messages).toContain('route: complex');
    expect(messages).toContain('polish: completed');
    expect(progress.map((one) => one.progress)).toEqual(progress.map((_, index) => index + 1));
  });

  it('returns the question of an ambiguous request', async () => {
    await using client = await connectMcp(service.url, { era });
    const result = await client.callTool(generate('something vague'));
    expect(jobOf(result)).toMatchObject({ status: 'completed', question: QUESTION, files: [] });
    expect(textOf(result)).toBe(QUESTION);
  });

  it('edits the code of a job in its thread, and returns the diff', async () => {
    await using client = await connectMcp(service.url, { era });
    const first = jobOf(await client.callTool(generate('a sum in Python')));
    const edit = { query: 'a faster one in Python', previousJobId: first.jobId };
    const second = jobOf(await client.callTool({ name: 'edit_code', arguments: edit }));
    expect(second).toMatchObject({ status: 'completed', threadId: first.jobId, previousJobId: first.jobId });
    expect(second.diff).not.toBeNull();
  });

  it('edits files, and returns the diff', async () => {
    await using client = await connectMcp(service.url, { era });
    const files = [{ name: 'main.py', content: 'old = 1\n' }];
    const edit = { name: 'edit_code', arguments: { query: 'another value in Python', files } };
    const job = jobOf(await client.callTool(edit));
    expect(job).toMatchObject({ status: 'completed', previousJobId: null });
    expect(job.diff?.map(({ patch }) => patch).join('')).toContain('-old = 1');
  });

  it('returns a running job when the wait is over, which get_job waits for and cancel_job cancels', async () => {
    await using client = await connectMcp(hasty.url, { era });
    const started = await client.callTool(generate('a slow tool'));
    const { jobId } = jobOf(started);
    // After a second, a busy machine may not have started it.
    expect(jobOf(started).status).toMatch(/^(?:queued|running)$/);
    await hasty.job(`/jobs/${jobId}`, ({ status }) => status === 'running');
    expect(textOf(started)).toContain(`get_job`);
    const waited = await client.callTool({ name: 'get_job', arguments: { jobId } });
    expect(jobOf(waited)).toMatchObject({ jobId, status: 'running' });
    const cancelled = await client.callTool({ name: 'cancel_job', arguments: { jobId } });
    expect(jobOf(cancelled)).toMatchObject({ jobId, status: 'cancelled' });
  });

  it('accepts the provisional code of a running job', async () => {
    await using client = await connectMcp(hasty.url, { era });
    const { jobId } = jobOf(await client.callTool(generate('a slow tool')));
    await hasty.job(`/jobs/${jobId}`, (job) => job.provisional !== null);
    const waited = await client.callTool({ name: 'get_job', arguments: { jobId, wait: 0 } });
    expect(jobOf(waited).provisionalCode).toContain('print(');
    const accepted = await client.callTool({ name: 'accept_job', arguments: { jobId } });
    expect(jobOf(accepted)).toMatchObject({ status: 'completed' });
    expect(jobOf(accepted).files[0]?.content).toBe(jobOf(waited).provisionalCode);
  });

  it.each([
    ['generate_code', { query: ' ' }, '/problems/blank-query'],
    ['generate_code', { query: 'x'.repeat(9_000) }, '/problems/conversation-too-long'],
    ['generate_code', { query: 'x', maxCostUsd: -1 }, 'maxCostUsd'],
    ['edit_code', { query: 'x' }, '/problems/invalid-job-request'],
    ['edit_code', { query: 'x', files: [{ name: '../a', content: '' }] }, '/problems/invalid-file'],
    ['edit_code', { query: 'x', previousJobId: UNKNOWN }, '/problems/unknown-job'],
    ['get_job', { jobId: 'x' }, '/problems/malformed-job-id'],
    ['get_job', { jobId: UNKNOWN }, '/problems/unknown-job'],
  ])('returns an error for %s %j', async (name, args, message) => {
    await using client = await connectMcp(service.url, { era });
    const result = await client.callTool({ name, arguments: args });
    expect(result.isError).toBe(true);
    expect(textOf(result)).toContain(message);
  });
});

describe('a client that can ask its user', () => {
  const capabilities = { elicitation: { form: {} } };

  it('asks the question and gets the code for the answer', async () => {
    await using client = await connectMcp(service.url, { capabilities });
    const questions: string[] = [];
    client.setRequestHandler('elicitation/create', async ({ params }) => {
      questions.push(params.message);
      return { action: 'accept', content: { answer: 'in Python' } };
    });
    const result = await client.callTool(generate('something vague'));
    expect(questions).toEqual([QUESTION]);
    expect(jobOf(result)).toMatchObject({ status: 'completed', question: null });
    expect(jobOf(result).files[0]?.content).toBe(codeBy('answer'));
  });

  it('gets the question as the result in the legacy era, and answers it with edit_code', async () => {
    await using client = await connectMcp(service.url, { era: 'legacy', capabilities });
    client.setRequestHandler('elicitation/create', () => expect.fail('the legacy era has no session'));
    const asked = jobOf(await client.callTool(generate('something vague')));
    expect(asked.question).toBe(QUESTION);
    const args = { query: 'in Python', previousJobId: asked.jobId };
    const answered = jobOf(await client.callTool({ name: 'edit_code', arguments: args }));
    expect(answered).toMatchObject({ status: 'completed', question: null, threadId: asked.threadId });
    expect(answered.files[0]?.content).toBe(codeBy('answer'));
  });

  it('gets the question as the result if the user declines', async () => {
    await using client = await connectMcp(service.url, { capabilities });
    client.setRequestHandler('elicitation/create', async () => ({ action: 'decline' }));
    expect(jobOf(await client.callTool(generate('something vague'))).question).toBe(QUESTION);
  });
});
