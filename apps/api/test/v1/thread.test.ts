import { assistant, postChat, postResponse, textIn, user } from '@codegen/testing/api/chat';
import { deleteJob } from '@codegen/testing/api/requests';
import { type Reply, type Service, startService } from '@codegen/testing/api/service';
import { QUESTION, reply } from '@codegen/testing/models/replies';
import { storedKeys } from '@codegen/testing/redis/stored-keys';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let service: Service;
beforeAll(async () => {
  service = await startService({
    replies: {
      classify: (call, moments) =>
        reply(/Make it better/.test(call.prompt.user) ? 'ambiguous' : 'simple')(call, moments),
      answer: reply('```python title="app.py"\nprint(1)\n```'),
    },
  });
});
afterAll(() => service[Symbol.asyncDispose]());

const ANSWER = '`app.py`\n```python app.py\nprint(1)\n```';
const APP = { name: 'app.py', content: 'print(1)' };
const contentOf = ({ json }: Reply): string => json.choices[0].message.content;
const runOf = async ({ headers }: Reply) => (await service.runs.load(headers.get('X-Job-Id') ?? ''))!;

describe('a conversation that is sent whole', () => {
  test('continues the run that gave its last answer, which has the code', async () => {
    const messages = [user('Print a number, please'), assistant('')];
    const first = await postChat(service, { messages: messages.slice(0, 1) });
    messages[1] = assistant(contentOf(first));
    const second = await postChat(service, { messages: [...messages, user('Now two')], stream: true });
    const third = await postChat(service, {
      messages: [...messages, user('Now two'), assistant(textIn(second, 'content')), user('Now three')],
    });
    const runs = [await runOf(first), await runOf(second), await runOf(third)] as const;
    expect(runs.map(({ threadId }) => threadId)).toEqual(Array(3).fill(runs[0].id));
    expect(runs[2].previousJobId).toBe(runs[1].id);
    expect(runs[2].files).toEqual([APP]);
    expect(runs[2].conversation.filter(({ role }) => role === 'user')).toEqual(
      ['Print a number, please', 'Now two', 'Now three'].map(user),
    );
    expect(runs[2].conversation.some(({ content }) => content.includes('print(1)'))).toBe(false);
  });

  test('is recognized with other white space, reasoning in its answers and another system message', async () => {
    const first = await postChat(service, {
      messages: [{ role: 'system', content: 'A' }, user('Hello you')],
    });
    const changed = `<think>\nclassify\n</think>\n${contentOf(first).replaceAll('\n', '\r\n')}\n`;
    const second = await postChat(service, {
      messages: [{ role: 'system', content: 'B' }, user('Hello  you '), assistant(changed), user('Go on')],
    });
    const run = await runOf(second);
    expect(run.previousJobId).toBe(first.headers.get('X-Job-Id'));
    expect(run.conversation.at(-2)).toEqual({ role: 'system', content: 'B' });
  });

  test('is edited by codegen-fast, in one call', async () => {
    const messages = [user('Edit me'), assistant(ANSWER), user('Now two')];
    const answer = await postChat(service, { model: 'codegen-fast', messages });
    const id = answer.headers.get('X-Job-Id');
    expect(service.models.calls.filter(({ run }) => run === id).map(({ stage }) => stage)).toEqual(['edit']);
    expect((await service.get(`/v1/responses/resp_${id}`)).json.model).toBe('codegen-fast');
  });

  test('branches from an earlier answer if the person changes a later request', async () => {
    const start = [user('Branch')];
    const first = await postChat(service, { messages: start });
    const turns = [...start, assistant(contentOf(first))];
    const one = await runOf(await postChat(service, { messages: [...turns, user('One way')] }));
    const other = await runOf(await postChat(service, { messages: [...turns, user('Another way')] }));
    expect([one.previousJobId, other.previousJobId]).toEqual(Array(2).fill(first.headers.get('X-Job-Id')));
  });

  test('goes on after a question', async () => {
    const first = await postChat(service, { messages: [user('Make it better')] });
    expect(contentOf(first)).toBe(QUESTION);
    const messages = [user('Make it better'), assistant(QUESTION), user('In Python')];
    expect((await runOf(await postChat(service, { messages }))).previousJobId).toBe(
      first.headers.get('X-Job-Id'),
    );
  });

  test('keeps its code as files if it is not recognized', async () => {
    const old = '```python app.py\nprint(0)\n```';
    const messages = [
      user('Begin'),
      assistant(`Here:\n${old}`),
      user('More'),
      assistant(ANSWER),
      user('Go on'),
    ];
    const run = await runOf(await postChat(service, { messages }));
    expect(run).toMatchObject({ previousJobId: null, files: [APP] });
    expect(run.conversation.map(({ content }) => content)).toEqual([
      'Begin',
      'Here:\n(Code was left out.)',
      'More',
      '`app.py`\n(Code was left out.)',
      'Go on',
    ]);
  });

  test('is not recognized after its job was deleted, and nothing of it is left', async () => {
    const first = await postChat(service, { messages: [user('Forget me')] });
    const id = first.headers.get('X-Job-Id') ?? '';
    expect((await deleteJob(service, `/jobs/${id}`)).status).toBe(200);
    const stored = [...(await storedKeys(service.namespace))].filter(([key]) => key.startsWith('answered:'));
    expect(stored.length).toBeGreaterThan(0);
    expect(stored.filter(([, value]) => value.includes(id))).toEqual([]);
    const messages = [user('Forget me'), assistant(contentOf(first)), user('Go on')];
    expect(await runOf(await postChat(service, { messages }))).toMatchObject({
      previousJobId: null,
      files: [APP],
    });
  });
});

describe('files in messages', () => {
  test('are those of named blocks, and leave the request', async () => {
    const request = 'Mend these:\n```js src/a.js\nlet a = 1;\n```\nand\n```js\nlet b;\n```';
    const run = await runOf(await postChat(service, { messages: [user(request)] }));
    expect(run.files).toEqual([{ name: 'src/a.js', content: 'let a = 1;' }]);
    expect(run.conversation).toEqual([user('Mend these:\n[src/a.js]\nand\n```js\nlet b;\n```')]);
  });

  test('replace those of the thread', async () => {
    const first = await postChat(service, { messages: [user('Replace later')] });
    const edited = '```python app.py\nprint(7)\n```\nI changed it. Go on.';
    const messages = [user('Replace later'), assistant(contentOf(first)), user(edited)];
    expect((await runOf(await postChat(service, { messages }))).files).toEqual([
      { name: 'app.py', content: 'print(7)' },
    ]);
  });

  test('of aider are those that it lists, not those of its examples', async () => {
    const messages = [
      { role: 'system', content: 'Act as an expert software developer.' },
      user('Change the greeting to be more casual'),
      assistant('Ok, I will:\n\nshow_greeting.py\n```\nprint("Hey")\n```\n'),
      user("I switched to a new code base. Please don't consider the above files."),
      assistant('Ok.'),
      user(
        'I have *added these files to the chat* so you can go ahead and edit them.\n\napp.py\n```\nprint(3)\n```\n',
      ),
      assistant('Ok, any changes I propose will be to those files.'),
      user('Print four'),
      { role: 'system', content: 'To suggest changes to a file you MUST return the entire content.' },
    ];
    const answer = await postChat(service, { messages, stream: true, temperature: 0 });
    const run = await runOf(answer);
    expect(run.files).toEqual([{ name: 'app.py', content: 'print(3)' }]);
    expect(run.conversation.at(-1)).toEqual(user('Print four'));
    expect(run.conversation.some(({ content }) => content.includes('casual'))).toBe(false);
    // The line before the block is the name, as the format `whole` has it but for its code span.
    expect(textIn(answer, 'content')).toBe(ANSWER);
  });
});

describe('a response that names the previous one', () => {
  test('continues its job', async () => {
    const first = await postResponse(service, { input: 'Start a thread' });
    const second = await postResponse(service, { input: 'Go on', previous_response_id: first.json.id });
    expect(second.json.previous_response_id).toBe(first.json.id);
    expect((await runOf(second)).files).toEqual([APP]);
  });

  test('continues the job of the last message that it refers to', async () => {
    const first = await postResponse(service, { input: 'Refer to me' });
    const id = first.headers.get('X-Job-Id');
    const input = [user('Refer to me'), { type: 'item_reference', id: `msg_${id}` }, user('Go on')];
    expect((await runOf(await postResponse(service, { input }))).previousJobId).toBe(id);
  });

  test('is an error if there is none', async () => {
    const previous_response_id = 'resp_01890a5d-ac96-774b-bcce-b302099a8057';
    const { status, json } = await postResponse(service, { input: 'Go on', previous_response_id });
    expect([status, json.error]).toMatchObject([404, { param: 'previous_response_id', code: 'unknown-job' }]);
  });
});
