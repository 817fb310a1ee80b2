import { expect, test } from 'vitest';
import { extractCode } from '../../../src/code/extract.ts';
import { stripReasoning } from '../../../src/code/normalize/reasoning.ts';

test.each([
  ['none', 'plain  \n', 'plain  \n'],
  ['closed', '<think>why</think>\n\nanswer\n', 'answer'],
  ['the other name', '<thinking>why</thinking>answer', 'answer'],
  ['any case, spaces', '<THINK >why</ Think>answer', 'answer'],
  ['in mid-line', 'a <think>b</think> c', 'a  c'],
  ['several', '<think>a</think>b\n<think>c</think>\nd', 'b\n\nd'],
  ['one inside the other', '<think>a <think>b</think> c</think>d', 'd'],
  ['unclosed', 'answer\n<think>why', 'answer'],
  ['unclosed from the start', '<think>why\n\n```py\nx\n```', ''],
  ['a stray closing tag', 'why</think>\n\nanswer', 'answer'],
  ['several stray ones', 'a</think>b</think>c', 'c'],
  ['indentation behind it', '<think>a</think>\n    b', '    b'],
])('strips reasoning: %s', (_, text, rest) => {
  expect(stripReasoning(text)).toBe(rest);
});

test.each([
  ['code in quotes', 'text.split("</think>")[1]'],
  ['a regular expression', "re.sub(r'<think>.*?</think>', '', s)"],
  ['a code span', 'Put it in `<think>` and `</think>`.'],
  [
    'an opening tag in mid-line that is never closed',
    'It handles <think> tags:\n\n```py\nx = "</think>"\n```',
  ],
  ['a fenced block', '```py\n<think>\nx\n</think>\n```\nIt handles `<think>`.'],
  ['a fenced block with one tag', '~~~\n</think>\n~~~'],
  [
    'an opening tag in quotes and a closing tag after it on the line',
    'Put "<think>" first and </think> last.',
  ],
  [
    'an opening tag in a code span and a closing tag after it',
    'Use `<think>` and </think> around it.\n\nx = 1',
  ],
  ['an opening tag in mid-line before a closing tag in a code span', 'It ends <think> with `</think>`.'],
  ['a closing tag in parentheses', 'Print the text after the tag (</think>) alone.'],
  ['a closing tag in a table', '| tag | </think>|\n|---|---|'],
  ['an opening tag after =, ( or [', 'open=<think>\nf(<think>)\n[<think>]'],
  ['an opening tag after ( and a closing tag after it', 'Call f(<think>) and then </think> ends it.'],
  ['an opening tag after = and a closing tag after it', 'Set open=<think> and then </think> ends it.'],
  ['an opening tag that begins a code span on its own line', '`<think>`\nopens the reasoning.'],
])('leaves a mention of the tags alone: %s', (_, text) => {
  expect(stripReasoning(text)).toBe(text);
});

test('takes a closing tag on a later line for the end of reasoning after a mention', () => {
  expect(stripReasoning('The user wrote `<think>`.\nDone.</think>answer')).toBe('answer');
});

test('takes a closing tag before a fence for the end of reasoning', () => {
  expect(extractCode('Hm.</think>```py\nx = 1\n```')?.text).toBe('x = 1');
});

test.each([
  ['closed', '<think>\nFirst try:\n```py\nwrong()\n```\n</think>\n```py\nright()\n```'],
  ['broken off', '<think>\nFirst try:\n```py\nwrong()\n</think>\n```py\nright()\n```'],
  [
    'that mentions the tags',
    '<think>\n```py\nwrong("<think>", x </think> y)\n```\n</think>\n```py\nright()\n```',
  ],
  ['before a stray tag', 'First try:\n```py\nwrong()\n```\n</think>\n```py\nright()\n```'],
  ['right before a stray tag', 'First try:\n```py\nwrong()\n```</think>```py\nright()\n```'],
  ['right behind the tag', '<think>```py\nwrong()\n```</think>```py\nright()\n```'],
])('takes no code from a block within reasoning: %s', (_, text) => {
  expect(extractCode(text)).toMatchObject({ text: 'right()', files: [{ language: 'python' }] });
});

test('keeps think tags that belong to the code', () => {
  const code =
    'def strip(text):\n    """\n    <think>\n    </think>\n    """\n    return text.split("</think>")[-1]';
  expect(
    extractCode(`<think>easy</think>\nHere:\n\n\`\`\`python\n${code}\n\`\`\`\nIt drops <think> tags.`)?.text,
  ).toBe(code);
  const unfenced = 'import re\n\ndef strip(text):\n    return re.sub(r"<think>.*?</think>", "", text)';
  expect(extractCode(unfenced)?.text).toBe(unfenced);
});
