import {
  completion,
  DONE,
  finish,
  type Meaning,
  ok,
  type Quirk,
  type QuirkGroup,
  streamed,
  text,
} from './quirk.ts';

const reasons = (means: Meaning, values: readonly string[]): Quirk[] =>
  values.map((value) =>
    streamed(
      `finish-reason-${value}`,
      `the finish reason \`${value}\` after the text`,
      means,
      (start, end) => text(start) + text(end) + finish(value) + DONE,
    ),
  );

/** Reasons that are none: blank, the word "null", or no text. */
const blanks = (values: Readonly<Record<string, unknown>>): Quirk[] =>
  Object.entries(values).map(([name, value]) =>
    streamed(
      `finish-reason-${name}`,
      `the finish reason \`${JSON.stringify(value)}\` after the text`,
      'connection',
      (start, end) => text(start) + text(end) + finish(value) + DONE,
    ),
  );

export const finishReasons: QuirkGroup = {
  title: 'Finish reasons',
  quirks: [
    ...reasons('answer', ['stop', 'eos', 'eos_token', 'stop_sequence', 'end_turn', 'STOP']),
    ...reasons('answer', ['COMPLETE', 'FinishReason.STOP', 'FINISH_REASON_STOP', 'end_of_turn', 'eos_found']),
    ...reasons('truncated', ['length', 'model_length', 'max_tokens', 'MAX_TOKENS']),
    ...reasons('truncated', ['max_output_tokens', 'max_new_tokens', 'model_context_window_exceeded']),
    ...reasons('refused', ['content_filter', 'refusal', 'SAFETY', 'RECITATION', 'PROHIBITED_CONTENT']),
    ...reasons('refused', ['blocked', 'guardrail_intervened', 'BLOCKLIST', 'SPII', 'sensitive']),
    ...reasons('upstream-error', [
      'error',
      'abort',
      'insufficient_system_resource',
      'tool_calls',
      'something_new',
    ]),
    ...blanks({
      'null-word': 'null',
      'null-word-upper': 'NULL',
      blank: '',
      null: null,
      number: 7,
      object: { type: 'stop' },
    }),
    streamed(
      'null-word-in-every-chunk',
      'the word `"null"` as reason in every chunk, `stop` at the end',
      'answer',
      (start, end) => text(start, 'null') + text(end, 'null') + finish('stop') + DONE,
    ),
    streamed(
      'null-word-only',
      'the word `"null"` as reason in every chunk, and no other',
      'connection',
      (start, end) => text(start, 'null') + text(end, 'null') + DONE,
    ),
    streamed(
      'reason-with-last-text',
      '`stop` in the chunk of the last text',
      'answer',
      (start, end) => text(start) + text(end, 'stop') + DONE,
    ),
    streamed(
      'stop-first-only',
      '`stop` in the first chunk, more text, and no reason after it',
      'connection',
      (start, end) => text(start, 'stop') + text(end) + DONE,
    ),
    streamed(
      'stop-first-and-last',
      '`stop` before the text and after it',
      'answer',
      (start, end) => text('', 'stop') + text(start) + text(end) + finish('stop') + DONE,
    ),
    streamed(
      'stop-first-length-last',
      '`stop` in the first chunk, `length` in the last',
      'truncated',
      (start, end) => text(start, 'stop') + text(end, 'length') + DONE,
    ),
    streamed(
      'length-after-stop',
      '`length` after `stop`',
      'truncated',
      (start, end) => text(start) + text(end) + finish('stop') + finish('length') + DONE,
    ),
    streamed(
      'stop-in-every-chunk',
      '`stop` in every chunk, then `[DONE]`',
      'answer',
      (start, end) => text(start, 'stop') + text(end, 'stop') + DONE,
    ),
    streamed(
      'stop-in-every-chunk-no-done',
      '`stop` in every chunk, and no `[DONE]`',
      'connection',
      (start, end) => text(start, 'stop') + text(end, 'stop'),
    ),
    streamed(
      'blank-reason-after-stop',
      'a blank reason after `stop`',
      'answer',
      (start, end) => text(start) + text(end) + finish('stop') + finish('') + DONE,
    ),
    streamed(
      'blank-reason-no-text',
      'white space and a blank reason',
      'empty-answer',
      () => text(' \n', '') + DONE,
    ),
    streamed(
      'no-reason',
      'the text and `[DONE]`, no reason',
      'connection',
      (start, end) => text(start) + text(end) + DONE,
    ),
    streamed(
      'no-reason-no-done',
      'the text, then the end of the response',
      'connection',
      (start, end) => text(start) + text(end),
    ),
    streamed(
      'half-no-reason',
      'half of the text and `[DONE]`, no reason',
      'connection',
      (start) => text(start) + DONE,
    ),
    streamed(
      'reason-no-done',
      '`stop` after the text, no `[DONE]`',
      'answer',
      (start, end) => text(start) + text(end) + finish('stop'),
    ),
    {
      name: 'completion-no-reason',
      sends: 'a whole completion without a reason',
      means: 'connection',
      response: (answer) => ok(completion(answer), 'application/json'),
    },
  ],
};
