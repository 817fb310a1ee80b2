import { describe, expect, test } from 'vitest';
import { extractCode } from '../../../src/code/extract.ts';
import { readMarkdown } from '../../../src/code/markdown.ts';
import { repairMarkdown } from '../../../src/code/normalize/answer-lines.ts';

const readFenced = (text: string) => readMarkdown(repairMarkdown(text));

const contentsOf = (text: string) => readFenced(text).blocks.map(({ content }) => content);

describe('inline code at the beginning of a line', () => {
  test.each([
    ['with three backticks', '```x = 1``` sets x.\nProse follows.'],
    ['with more backticks', '````x = 1```` sets x.\nProse follows.'],
    ['after a list marker', '- ```x = 1``` sets x.\n- Prose follows.'],
  ])('opens no block: %s', (_, text) => {
    expect(readFenced(text)).toEqual({ blocks: [], rest: text });
    expect(extractCode(text)).toBeNull();
  });

  test('does not hide the block that follows', () => {
    expect(contentsOf('```x = 1``` sets x.\n\n```py\ny = 2\n```')).toEqual(['y = 2']);
  });

  test('with tildes opens a block, as in CommonMark', () => {
    expect(contentsOf('~~~x ` y\ncode\n~~~')).toEqual(['code']);
  });
});

describe('a list', () => {
  const deep = (mark: string) => `      ${mark}\n      x\n      ${mark}`;

  test('lets fences of its items be indented further', () => {
    expect(contentsOf(`1. Item\n\n${deep('```')}`)).toEqual(['x']);
  });

  test('ends at a line that is not indented', () => {
    expect(contentsOf(`1. Item\n\nParagraph.\n\n${deep('```')}`)).toEqual([]);
  });

  test('does not end at a blank line or at an indented line', () => {
    expect(contentsOf(`10. Item\n\n    More of it.\n\n${deep('```')}`)).toEqual(['x']);
  });

  test('ends for an inner list when the outer list continues', () => {
    const text = `- a\n  - b\n    - c\n\n- d\n\n        \`\`\`\n        x\n        \`\`\``;
    expect(contentsOf(text)).toEqual([]);
  });
});
