import {
  completion,
  DONE,
  data,
  finish,
  ok,
  type QuirkGroup,
  streamed,
  text,
  usage,
  wholeStream,
} from './quirk.ts';

const thinking = [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] }];
const choice = (index: number, content: string, finish_reason: string | null = null) =>
  data({ choices: [{ index, delta: { content }, finish_reason }] });
const part = (content: string) => ({ type: 'text', text: content });

export const content: QuirkGroup = {
  title: 'Content and usage',
  quirks: [
    streamed(
      'content-parts',
      'content as a list of parts',
      'answer',
      (start, end) => text([part(start)]) + text([part(end)]) + finish('stop'),
    ),
    streamed(
      'thinking-parts',
      'parts of the type `thinking` before the text',
      'answer',
      (start, end) => text(thinking) + text([...thinking, part(start + end)]) + finish('stop'),
    ),
    streamed(
      'thinking-parts-only',
      'parts of the type `thinking` only',
      'empty-answer',
      () => text(thinking) + finish('stop'),
    ),
    streamed(
      'content-part-without-list',
      'content as one part',
      'answer',
      (start, end) => text(part(start + end)) + finish('stop'),
    ),
    {
      name: 'completion-of-parts',
      sends: 'a whole completion with thinking and text parts',
      means: 'answer',
      response: (answer) => ok(completion([...thinking, part(answer)], 'stop'), 'application/json'),
    },
    streamed(
      'content-part-value',
      'a part with its text in `text.value`',
      'answer',
      (start, end) => text([{ type: 'text', text: { value: start + end } }]) + finish('stop'),
    ),
    streamed(
      'two-choices',
      'a second choice between the chunks of the first',
      'answer',
      (start, end) => choice(0, start) + choice(1, 'other') + choice(0, end, 'stop') + choice(1, '', 'stop'),
    ),
    streamed(
      'second-choice-ends',
      'half of the first choice, and the end of the second',
      'connection',
      (start) => choice(0, start) + choice(1, 'other', 'stop') + DONE,
    ),
    streamed(
      'choice-from-one',
      'choices that are counted from 1',
      'answer',
      (start, end) => choice(1, start) + choice(1, end, 'stop'),
    ),
    streamed(
      'completions-text',
      '`text` of the older completions API',
      'answer',
      (start, end) =>
        data({ choices: [{ text: start }] }) + data({ choices: [{ text: end, finish_reason: 'stop' }] }),
    ),
    streamed(
      'message-repeats-text',
      'the whole message after its chunks',
      'answer',
      (start, end) =>
        text(start) +
        text(end) +
        data({ choices: [{ message: { content: start + end }, finish_reason: 'stop' }] }),
    ),
    streamed(
      'camel-case-reason',
      '`finishReason`',
      'answer',
      (start, end) => text(start) + text(end) + data({ choices: [{ delta: {}, finishReason: 'stop' }] }),
    ),
    ...['reasoning', 'reasoning_content'].map((name) =>
      streamed(
        name.replace('_', '-'),
        `reasoning in \`${name}\``,
        'answer',
        (start, end) =>
          data({ choices: [{ delta: { [name]: 'Hm.', content: '' } }] }) + wholeStream(start + end),
      ),
    ),
    ...Object.entries({
      'usage-in-own-chunk': [
        'usage in a chunk of its own',
        (stream: string) => stream.replace(DONE, () => data({ choices: [], usage }) + DONE),
      ],
      'usage-in-choice': [
        'usage in the choice',
        (stream: string) =>
          stream.replace(finish('stop'), () =>
            data({ choices: [{ delta: {}, finish_reason: 'stop', usage }] }),
          ),
      ],
      'usage-first': ['usage in the first chunk', (stream: string) => data({ usage }) + stream],
      'usage-in-x-groq': ['usage in `x_groq`', (stream: string) => data({ x_groq: { usage } }) + stream],
      'usage-null-later': [
        '`usage: null` after the usage',
        (stream: string) => data({ usage }) + data({ usage: null }) + stream,
      ],
    } as const).map(([name, [sends, place]]) => ({
      ...streamed(name, sends, 'answer', (start, end) => place(wholeStream(start + end))),
      hasUsage: true,
    })),
  ],
};
