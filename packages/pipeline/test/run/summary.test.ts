import { describe, expect, test } from 'vitest';
import { type Conversation, fromQuery } from '../../src/run/run.ts';
import { countOlder, excerptOf } from '../../src/run/summary.ts';

/** Turns of 100 characters. The turns before the last message may take 750. */
const turns = (count: number): Conversation =>
  Array.from({ length: count }, (_, i) => ({
    role: i % 2 === 0 ? ('user' as const) : ('assistant' as const),
    content: `${i}`.padEnd(100, '.'),
  }));
const files = [{ name: 'main.py', content: 'x'.repeat(100_000) }];
const older = (conversation: Conversation, code = files) => countOlder({ conversation, files: code }, 2_000);

describe('countOlder', () => {
  test('is 0 while the earlier turns are short, however long the request and the code are', () => {
    expect(older(fromQuery('x'.repeat(100_000)))).toBe(0);
    expect(older(turns(8))).toBe(0);
  });

  test('leaves the later half of what earlier turns may take', () => {
    expect(older(turns(9))).toBe(5);
    expect(older(turns(101))).toBe(97);
  });

  test('includes a turn that is too long alone', () => {
    expect(older([{ role: 'user', content: 'x'.repeat(2_000) }, ...fromQuery('next')])).toBe(1);
  });

  test('is 0 while the code is in the messages', () => {
    const pasted = turns(9).map((turn) => ({ ...turn, content: `${turn.content}\n\`\`\`\nx\n\`\`\`` }));
    expect(older(pasted, [])).toBe(0);
    expect(older(pasted)).toBeGreaterThan(0);
    expect(older(turns(9), [])).toBe(5);
  });
});

test('an excerpt has the beginnings of the last messages', () => {
  const text = excerptOf([...turns(30), { role: 'user', content: 'y'.repeat(1_000) }]);
  expect(text.split('\n')).toHaveLength(20);
  expect(text).toContain(`- user: ${'y'.repeat(300)} …`);
});
