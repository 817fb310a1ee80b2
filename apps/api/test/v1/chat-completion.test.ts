import { assistant, eventsIn, postChat, textIn, user } from '@codegen/testing/api/chat';
import { type Reply, type Service, startService } from '@codegen/testing/api/service';
import { lost, QUESTION, reply } from '@codegen/testing/models/replies';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const TWO_FILES =
  'Here:\n```python title="src/app.py"\nimport helper\n```\n```markdown title="README.md"\n~~~\nUse it\n~~~\n```';

let service: Service;
beforeAll(async () => {
  service = await startService({
    replies: {
      classify: (call, moments) =>
        reply(/unclear/.test(call.prompt.user) ? 'ambiguous' : 'simple')(call, moments),
      answer: (call, moments) => {
        if (/broken/.test(call.prompt.user)) return lost(call, moments);
        return reply(/two files/.test(call.prompt.user) ? TWO_FILES : '```python\nprint(1)\n```')(
          call,
          moments,
        );
      },
    },
  });
});
afterAll(() => service[Symbol.asyncDispose]());

const stagesOf = ({ headers }: Reply) =>
  service.models.calls.filter(({ run }) => run === headers.get('X-Job-Id')).map(({ stage }) => stage);
const contentOf = ({ json }: Reply): string => json.choices[0].message.content;
const jobOf = async ({ headers }: Reply) => (await service.get(`/jobs/${headers.get('X-Job-Id')}`)).json;

describe('POST /v1/chat/completions', () => {
  test('answers with Markdown and the usage of all stages', async () => {
    const answer = await postChat(service, { messages: [user('print one')] });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      id: `chatcmpl-${answer.headers.get('X-Job-Id')}`,
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'codegen',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: '```python\nprint(1)\n```', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 20,
        completion_tokens: 10,
        total_tokens: 30,
        prompt_tokens_details: { cached_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 0 },
        cost: 0.02,
      },
    });
    expect(await jobOf(answer)).toMatchObject({ status: 'completed', query: 'print one' });
  });

  test('names each file before its block', async () => {
    const answer = await postChat(service, { messages: [user('two files')] });
    expect(contentOf(answer)).toBe(
      '`src/app.py`\n```python src/app.py\nimport helper\n```\n\n' +
        '`README.md`\n```markdown README.md\n~~~\nUse it\n~~~\n```',
    );
  });

  test('answers an unclear request with the question as plain text', async () => {
    expect(contentOf(await postChat(service, { messages: [user('unclear')] }))).toBe(QUESTION);
  });

  test.each([
    [{ reasoning_effort: 'low' }, 'fast'],
    [{ reasoning_effort: 'medium', model: 'codegen-deep' }, 'balanced'],
    [{ reasoning_effort: 'high' }, 'thorough'],
    [{ model: 'codegen-fast' }, 'fast'],
    [{ model: 'codegen-deep', reasoning_effort: 'unheard of' }, 'thorough'],
    [{}, 'balanced'],
  ])('takes %j as the effort %s', async (body, effort) => {
    const answer = await postChat(service, { messages: [user('with effort')], ...body });
    expect((await jobOf(answer)).effort).toBe(effort);
  });

  test.each([
    ['codegen', ['classify', 'answer']],
    ['codegen-fast', ['answer']],
  ])('calls the stages that the model %s stands for', async (model, stages) => {
    const answer = await postChat(service, { model, messages: [user(`stages of ${model}`)] });
    expect(answer.json.model).toBe(model);
    expect(stagesOf(answer)).toEqual(stages);
  });

  test('takes the complex route for codegen-deep', async () => {
    const answer = await postChat(service, { model: 'codegen-deep', messages: [user('deep')] });
    expect((await jobOf(answer)).route).toBe('complex');
    expect(stagesOf(answer)).not.toContain('classify');
  });

  test('accepts text parts, system messages anywhere and ignored fields', async () => {
    const messages = [
      { role: 'system', content: 'Be terse.' },
      user([{ type: 'text', text: 'hello' }]),
      { role: 'assistant', content: null, tool_calls: [{ id: 'call', type: 'function' }] },
      { role: 'tool', content: 'result', tool_call_id: 'call' },
      user([
        { type: 'text', text: 'one' },
        { type: 'text', text: 'two' },
      ]),
      { role: 'developer', content: [{ type: 'text', text: 'Use Python.' }] },
    ];
    const ignored = {
      temperature: 0.2,
      top_p: 1,
      max_tokens: 10,
      max_completion_tokens: 10,
      stop: ['x'],
      seed: 1,
      user: 'me',
      n: 1,
      tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }],
      tool_choice: 'auto',
      response_format: { type: 'text' },
      stream_options: null,
      stream: null,
      audio: null,
      parallel_tool_calls: true,
    };
    const answer = await postChat(service, { messages, ...ignored });
    expect(answer.status).toBe(200);
    const run = await service.runs.load(answer.headers.get('X-Job-Id') ?? '');
    expect(run?.conversation).toEqual([
      { role: 'system', content: 'Be terse.\n\nUse Python.' },
      user('hello'),
      user('one\ntwo'),
    ]);
  });

  test('labels the job with the metadata and limits it', async () => {
    const limits = { maxCostUsd: 2, deadlineSeconds: 60 };
    const answer = await postChat(service, { messages: [user('x')], metadata: { chat: '7' }, ...limits });
    const job = await jobOf(answer);
    expect(job).toMatchObject({ metadata: { chat: '7' }, maxCostUsd: 2 });
    expect(job.deadlineAt).not.toBeNull();
  });
});

describe('a streamed chat completion', () => {
  test('begins with the role, reports progress as reasoning in both fields and ends with [DONE]', async () => {
    const answer = await postChat(service, { messages: [user('two files, streamed')], stream: true });
    expect(answer.headers.get('Content-Type')).toBe('text/event-stream; charset=utf-8');
    const events = eventsIn(answer);
    const id = `chatcmpl-${answer.headers.get('X-Job-Id')}`;
    expect(events.every((event) => event.id === id && event.usage === undefined)).toBe(true);
    expect(events[0].choices[0].delta).toEqual({ role: 'assistant', content: '' });
    expect(textIn(answer, 'reasoning')).toMatch(
      /^classify: classifier-1\nclassify: completed in \d\.\d s\nroute: simple\nanswer: instructTuned-1\nanswer: completed in \d\.\d s\n$/,
    );
    expect(textIn(answer, 'reasoning_content')).toBe(textIn(answer, 'reasoning'));
    expect(textIn(answer, 'content')).toMatch(
      /^`src\/app\.py`\n```python src\/app\.py\nimport helper\n```\n/,
    );
    expect(events.at(-1).choices).toEqual([{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }]);
    expect(answer.body.endsWith('\n\ndata: [DONE]\n\n')).toBe(true);
  });

  test('ends with the usage if the client asks for it', async () => {
    const stream = { stream: true, stream_options: { include_usage: true } };
    const answer = await postChat(service, { messages: [user('with usage')], ...stream });
    expect(eventsIn(answer).at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 30, cost: 0.02 } });
  });

  test('ends with an error event if the job fails', async () => {
    const answer = await postChat(service, { messages: [user('broken')], stream: true });
    expect(answer.status).toBe(200);
    expect(eventsIn(answer).at(-1)).toEqual({
      error: {
        message: expect.stringMatching(/\S/),
        type: 'server_error',
        param: null,
        code: 'models-failed',
      },
    });
    expect(answer.body).not.toContain('[DONE]');
  });
});

describe('a request of a chat program for itself', () => {
  test.each([
    ['### Task:\nGenerate a concise, 3-5 word title with an emoji summarizing the chat history.', {}],
    ['Generate a concise 3-7 word title for this conversation.', { reasoning_effort: 'none' }],
  ])('is one cheap call: %j', async (request, more) => {
    const messages = [user('print one'), assistant('```python\nprint(1)\n```'), user(request)];
    const answer = await postChat(service, { messages, ...more });
    expect(contentOf(answer)).toBe('A title');
    expect(stagesOf(answer)).toEqual(['reply']);
    expect(await jobOf(answer)).toMatchObject({
      route: 'text',
      result: { code: '', text: 'A title' },
      files: [],
    });
  });

  test('keeps the code of a conversation that it summarizes', async () => {
    const code = '`app.py`\n```python app.py\nprint(1)\n```';
    const compaction = user('You are performing a CONTEXT CHECKPOINT COMPACTION. Create a summary.');
    const answer = await postChat(service, { messages: [user('print one'), assistant(code), compaction] });
    expect(contentOf(answer)).toBe(`A title\n\n${code}`);
    const summary = user(`Another model produced this summary:\n${contentOf(answer)}`);
    const next = await postChat(service, { messages: [user('print one'), summary, user('unheard of')] });
    const run = await service.runs.load(next.headers.get('X-Job-Id') ?? '');
    expect(run?.files).toEqual([{ name: 'app.py', content: 'print(1)' }]);
  });

  test('starts no thread, and is listed among jobs by its route only', async () => {
    const id = async (content: string) =>
      (await postChat(service, { messages: [user(content)] })).headers.get('X-Job-Id');
    const ofPerson = await id('listed');
    const ofProgram = await id('### Task:\nGenerate 1-3 broad tags');
    const idsIn = async (path: string) => {
      const { jobs, threads } = (await service.get(path)).json;
      return (jobs ?? threads).map((one: { id: string }) => one.id);
    };
    for (const list of ['/jobs', '/threads']) {
      expect(await idsIn(list)).toContain(ofPerson);
      expect(await idsIn(list)).not.toContain(ofProgram);
    }
    expect(await idsIn('/jobs?route=text')).toContain(ofProgram);
    expect(await idsIn('/jobs?route=text')).not.toContain(ofPerson);
  });

  test('may be longer than a request for code', async () => {
    const history = `### Task:\nSuggest 3-5 relevant follow-up questions\n${'x'.repeat(20_000)}`;
    const answer = await postChat(service, { messages: [user(history)], stream: true });
    expect(textIn(answer, 'content')).toBe('A title');
    expect(stagesOf(answer)).toEqual(['reply']);
  });
});
