import { DONE, data, finish, type Meaning, ok, type Quirk, type QuirkGroup, text } from './quirk.ts';

const REASON = 'the provider broke off';
const error = data({ error: { message: REASON } });

/** An error within a response of status 200. `body` gets the start of the answer. */
const failing = (
  name: string,
  sends: string,
  body: (start: string) => string,
  { means = 'upstream-error', reason = REASON, type = 'text/event-stream' }: FailingOptions = {},
): Quirk => ({
  name,
  sends,
  means,
  reason,
  response: (answer) => ok(body(answer.slice(0, answer.length / 2).toWellFormed()), type),
});

interface FailingOptions {
  readonly means?: Meaning;
  readonly reason?: string;
  readonly type?: string;
}

export const streamErrors: QuirkGroup = {
  title: 'Errors in a response of status 200',
  quirks: [
    failing('error-after-text', 'an error after half of the text', (start) => text(start) + error + DONE),
    failing('error-after-reason', 'an error after `stop`', (start) => text(start) + finish('stop') + error),
    failing('error-as-text', '`error` as text', () => data({ error: REASON })),
    failing(
      'error-in-choice',
      'an error in the choice',
      () => data({ choices: [{ error: { code: 503, message: REASON } }] }),
      { means: 'overloaded' },
    ),
    failing(
      'error-in-delta',
      'an error in the delta',
      (start) => text(start) + data({ choices: [{ delta: { error: { message: REASON } } }] }),
    ),
    failing(
      'error-as-chunk',
      'a chunk with `object: "error"`',
      (start) => text(start) + data({ object: 'error', message: REASON, code: 429 }),
      { means: 'rate-limited' },
    ),
    failing(
      'error-event',
      'a named event `error`',
      (start) => `${text(start)}event: error\ndata: {"message":"${REASON}"}\n\n`,
    ),
    failing(
      'error-event-text',
      'a named event `error` of plain text',
      (start) => `${text(start)}event: error\ndata: ${REASON}\n\n`,
    ),
    failing(
      'error-without-data',
      'an error without `data:`',
      (start) => `${text(start)}{"error":{"message":"${REASON}"}}\n\n`,
    ),
    ...Object.entries({
      error_msg: { error_code: 336003, error_msg: REASON },
      msg: { code: 50001, msg: REASON },
      errorMessage: { success: false, errorMessage: REASON },
      base_resp: { choices: null, base_resp: { status_code: 1000, status_msg: REASON } },
    }).map(([name, chunk]) =>
      failing(
        `chunk-with-${name}`,
        `a chunk with \`${name}\` and no choices`,
        (start) => text(start) + data(chunk),
      ),
    ),
    failing('error-in-list', 'an error in a list', () => `[{"error":{"code":429,"message":"${REASON}"}}]`, {
      means: 'rate-limited',
    }),
    failing('error-in-json', 'an error as JSON body', () => `{"error":{"message":"${REASON}"}}`, {
      type: 'application/json',
    }),
    failing(
      'error-with-completion',
      'an error together with a whole completion',
      (start) =>
        JSON.stringify({ error: REASON, choices: [{ message: { content: start }, finish_reason: 'stop' }] }),
      { type: 'application/json' },
    ),
    {
      name: 'error-null',
      sends: '`error: null` in every chunk',
      means: 'answer',
      response: (answer) =>
        ok(data({ error: null, choices: [{ delta: { content: answer } }] }) + finish('stop')),
    },
    failing('plain-text', 'plain text', () => REASON, { type: 'text/plain' }),
    failing(
      'invalid-json',
      'invalid JSON in an event',
      (start) => `${text(start)}data: {"choices":[{"delta\n\n${text(start)}${finish('stop')}`,
      { reason: 'not a chat completion' },
    ),
    failing('json-null', 'the JSON value `null`', () => 'null', {
      reason: 'null',
      type: 'application/json',
    }),
  ],
};
