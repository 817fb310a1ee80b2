import { expect, test } from 'vitest';
import { serve } from './stream-server.ts';

const data = (chunk: object) => `data: ${JSON.stringify(chunk)}\n\n`;
const say = (content: unknown, finish_reason: unknown = null) =>
  data({ choices: [{ delta: { content }, finish_reason }] });
const finish = (reason: unknown) => data({ choices: [{ delta: {}, finish_reason: reason }] });
const error = (message: string) => data({ error: { message } });
const DONE = 'data: [DONE]\n\n';
const whole = say('a') + say('b') + finish('stop') + DONE;
const thinking = [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] }];

const TEXT = { text: 'ab' };
const CUT_OFF = { intent: 'nextModel', code: 'truncated' };
const ENDED_EARLY = { intent: 'retry', code: 'connection' };
const REFUSED = { intent: 'nextModel', code: 'refused' };
const BROKEN = { intent: 'retry', code: 'upstream-error' };

/** The name of a quirk, the bytes that the server sends, what a caller gets, and the content type. */
type Row = [quirk: string, body: string | readonly Buffer[], expected: object, type?: string];

const reasons = (list: readonly unknown[], expected: object): Row[] =>
  list.map((reason) => [
    `finish reason ${JSON.stringify(reason)}`,
    say('a') + say('b') + finish(reason) + DONE,
    expected,
  ]);

const FINISH_REASONS: readonly Row[] = [
  ...reasons(['stop', 'eos', 'eos_token', 'stop_sequence', 'end_turn', 'STOP', 'End_Turn'], TEXT),
  ...reasons(['length', 'model_length', 'max_tokens', 'MAX_TOKENS'], CUT_OFF),
  ...reasons(
    ['content_filter', 'refusal', 'SAFETY', 'RECITATION', 'PROHIBITED_CONTENT', 'Content_Filter'],
    REFUSED,
  ),
  ...reasons(['error', 'abort', 'insufficient_system_resource', 'tool_calls', 'something_new'], BROKEN),
  ...reasons(['null', 'NULL', '', null, 7, { type: 'stop' }], ENDED_EARLY),
  ['the string "null" in every chunk', say('a', 'null') + say('b', 'null') + finish('stop') + DONE, TEXT],
  [
    'the string "null" in every chunk, and no reason',
    say('a', 'null') + say('b', 'null') + DONE,
    ENDED_EARLY,
  ],
  ['a reason in the chunk of the last text', say('a') + say('b', 'stop') + DONE, TEXT],
  ['stop in the first chunk, and no reason later', say('a', 'stop') + say('b') + DONE, ENDED_EARLY],
  [
    'stop in the first chunk and after the text',
    say('', 'stop') + say('a') + say('b') + finish('stop'),
    TEXT,
  ],
  ['stop in the first chunk and length at the end', say('a', 'stop') + say('b', 'length') + DONE, CUT_OFF],
  ['length after stop', say('a') + say('b') + finish('stop') + finish('length') + DONE, CUT_OFF],
  ['stop in every chunk', say('a', 'stop') + say('b', 'stop') + DONE, TEXT],
  ['stop in every chunk, without the end of the stream', say('a', 'stop') + say('b', 'stop'), ENDED_EARLY],
  ['no reason, [DONE]', say('a') + say('b') + DONE, ENDED_EARLY],
  ['no reason, no [DONE]', say('a') + say('b'), ENDED_EARLY],
  ['a reason, no [DONE]', say('a') + say('b') + finish('stop'), TEXT],
  [
    'a whole completion without a reason',
    JSON.stringify({ choices: [{ message: { content: 'ab' } }] }),
    ENDED_EARLY,
    'application/json',
  ],
];

const ERRORS: readonly Row[] = [
  ['an error after the text', say('a') + error('no more') + DONE, { ...BROKEN, message: /no more/ }],
  [
    'an error after the reason',
    say('a') + finish('stop') + error('no more'),
    { ...BROKEN, message: /no more/ },
  ],
  ['an error as text', data({ error: 'no more' }), { ...BROKEN, message: /no more/ }],
  [
    'an error in the choice',
    data({ choices: [{ error: { code: 503, message: 'busy' } }] }),
    { message: /busy/ },
  ],
  [
    'an error in the delta',
    data({ choices: [{ delta: { error: { message: 'no more' } } }] }),
    { message: /no more/ },
  ],
  [
    'a chunk that is an error',
    say('a') + data({ object: 'error', message: 'no more', code: 429 }),
    { code: 'rate-limited' },
  ],
  ['an error event', `${say('a')}event: error\ndata: {"message":"no more"}\n\n`, { message: /no more/ }],
  ['an error event of plain text', `${say('a')}event: error\ndata: no more\n\n`, { message: /no more/ }],
  ['an error without data:', `${say('a')}{"error":{"message":"no more"}}\n\n`, { message: /no more/ }],
  [
    'an error in a list',
    '[{"error":{"code":429,"message":"slow down"}}]',
    { code: 'rate-limited', message: /slow down/ },
  ],
  [
    'an error in JSON',
    '{"error":{"message":"no more"}}',
    { ...BROKEN, message: /no more/ },
    'application/json',
  ],
  [
    'an error together with a completion',
    '{"error":"no more","choices":[{"message":{"content":"ab"},"finish_reason":"stop"}]}',
    { message: /no more/ },
  ],
  [
    'error: null in every chunk',
    data({ error: null, choices: [{ delta: { content: 'ab' } }] }) + finish('stop'),
    TEXT,
  ],
  ['plain text', 'upstream connect error', { ...BROKEN, message: /upstream connect error/ }, 'text/plain'],
  [
    'invalid JSON in an event',
    `${say('a')}data: {"choices":[{"delta\n\n${say('b')}${finish('stop')}`,
    BROKEN,
  ],
];

const CONTENT: readonly Row[] = [
  [
    'content parts',
    say([{ type: 'text', text: 'a' }]) + say([{ type: 'text', text: 'b' }]) + finish('stop'),
    TEXT,
  ],
  [
    'text together with thinking',
    say(thinking) + say([...thinking, { type: 'text', text: 'ab' }]) + finish('stop'),
    TEXT,
  ],
  ['thinking only', say(thinking) + finish('stop'), { code: 'empty-answer' }],
  ['one part without a list', say({ type: 'text', text: 'ab' }) + finish('stop'), TEXT],
  [
    'content parts in a whole completion',
    JSON.stringify({
      choices: [{ message: { content: [...thinking, { type: 'text', text: 'ab' }] }, finish_reason: 'stop' }],
    }),
    TEXT,
  ],
  [
    'reasoning in fields of its own',
    data({ choices: [{ delta: { reasoning_content: 'Hm.', content: '' } }] }) + whole,
    TEXT,
  ],
];

const usage = { prompt_tokens: 7, completion_tokens: 2 };
const BILLED = { ...TEXT, promptTokens: 7, completionTokens: 2 };
const USAGE: readonly Row[] = [
  ['usage in a chunk of its own', whole.replace(DONE, data({ choices: [], usage }) + DONE), BILLED],
  [
    'usage in the choice',
    say('ab') + data({ choices: [{ delta: {}, finish_reason: 'stop', usage }] }) + DONE,
    BILLED,
  ],
  ['usage in the first chunk', data({ usage }) + whole, BILLED],
  ['usage in x_groq', data({ x_groq: { usage } }) + whole, BILLED],
  ['usage: null in later chunks', data({ usage }) + data({ usage: null }) + whole, BILLED],
];

const smiley = Buffer.from(say('a😀b') + finish('stop'));
const at = smiley.indexOf('😀') + 2;
const FORMS: readonly Row[] = [
  ...['text/event-stream', 'text/plain', 'application/json', 'text/html', ''].map(
    (type): Row => [`events as ${type || 'no type'}`, whole, TEXT, type],
  ),
  ['events after a comment as JSON', `: OPENROUTER PROCESSING\n\n${whole}`, TEXT, 'application/json'],
  ...['application/json', 'text/event-stream', 'text/plain'].map(
    (type): Row => [
      `a whole completion as ${type}`,
      '\n\n {"choices":[{"message":{"content":"ab"},"finish_reason":"stop"}]}',
      TEXT,
      type,
    ],
  ),
  ['a named event', `event: ping\ndata: {"type":"ping"}\n\n${whole}`, TEXT],
  ['a named event without JSON', `event: ping\ndata: pong\n\n${whole}`, TEXT],
  ['chunks in named events', whole.replaceAll('data: {', 'event: completion\ndata: {'), TEXT],
  ['empty data', `data:\n\ndata: \n\n${whole}`, TEXT],
  ['no space after data:', whole.replaceAll('data: ', 'data:'), TEXT],
  ['CRLF', whole.replaceAll('\n', '\r\n'), TEXT],
  ['CR', whole.replaceAll('\n', '\r'), TEXT],
  ['a byte order mark', `\ufeff${whole}`, TEXT],
  [
    'a byte order mark before JSON',
    '\ufeff{"choices":[{"message":{"content":"ab"},"finish_reason":"stop"}]}',
    TEXT,
  ],
  ['one line end per chunk', whole.replaceAll('\n\n', '\n'), TEXT],
  [
    'an event in two data lines',
    'data: {"choices":[{"delta":{"content":"ab"},\ndata: "finish_reason":"stop"}]}\n\n',
    TEXT,
  ],
  ['a split within a character', [smiley.subarray(0, at), smiley.subarray(at)], { text: 'a😀b' }],
  ['no end of the last event', whole.slice(0, -2), TEXT],
  ['text after [DONE]', whole + say('c'), TEXT],
];

test.each<Row>([...FINISH_REASONS, ...ERRORS, ...CONTENT, ...USAGE, ...FORMS])(
  '%s',
  async (_, body, expected, type) => {
    const { callModel, failure } = await serve(async (response) => {
      if (type === '') response.removeHeader('content-type');
      else response.setHeader('content-type', type ?? 'text/event-stream');
      for (const piece of typeof body === 'string' ? [body] : body) {
        response.write(piece);
        await new Promise(setImmediate);
      }
      response.end();
    });
    const { message, ...fields } = expected as { message?: RegExp; text?: string };
    const outcome = fields.text === undefined ? await failure() : await callModel();
    expect(outcome).toMatchObject({ ...fields, ...(message && { message: expect.stringMatching(message) }) });
  },
);
