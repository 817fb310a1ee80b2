import { type Output, StageError } from '@codegen/pipeline';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sameCode, similarity } from '../../packages/pipeline/src/code/code.ts';
import { extractCode } from '../../packages/pipeline/src/code/extract.ts';
import { findJson } from '../../packages/pipeline/src/code/json.ts';
import { CORPUS, endless, hostileText } from './corpus.ts';
import { inputsOf, NODES } from './stages.ts';

const someCode = hostileText.map((text) => `x = 1\n${text}`);

/** What a stage makes of an answer; null if it says that it cannot use it. Anything else it throws is a fault. */
function read(node: (typeof NODES)[number], answer: string, given: string): Output | null {
  const inputs = inputsOf(node, given);
  try {
    const conversation = [{ role: 'user' as const, content: given }];
    return node.stage.read(answer, { conversation, inputs, seed: 1 });
  } catch (error) {
    if (error instanceof StageError) return null;
    throw error;
  }
}

const wrapped = (text: string) => [
  text,
  `\`\`\`py\n${text}\n\`\`\``,
  `Here:\n\n\`\`\`\n${text}`,
  `<think>${text}</think>\nx = 1;`,
  `${text}\n{"choice": "B", "reason": ${JSON.stringify(text)}}`,
  JSON.stringify({ choice: text, unclear: text }),
  JSON.stringify({ specification: { goal: text, requirements: [text] }, reason: text }),
];

describe.each(NODES.map((node) => [node.stage.name, node] as const))('%s', (_, node) => {
  test('takes any answer for what it is or says that it cannot be used', () => {
    fc.assert(
      fc.property(hostileText, someCode, (text, given) => {
        for (const answer of wrapped(text)) {
          const output = read(node, answer, given);
          if (output?.kind === 'code') expect(output.code.text.trim()).not.toBe('');
          if (output?.kind === 'specification') expect(output.text.trim()).not.toBe('');
          if (output?.kind === 'question') expect(output.question.trim()).not.toBe('');
          // It goes into a record as JSON and must come back from it the same.
          if (output !== null) expect(JSON.parse(JSON.stringify(output))).toEqual(output);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('comes back from answers that never end a line, and from JSON without end', () => {
    const deep = `{"specification": ${'{"goal":'.repeat(2 ** 16)}1${'}'.repeat(2 ** 16)}}`;
    const lists = `{"choice": ${'['.repeat(2 ** 18)}${']'.repeat(2 ** 18)}}`;
    for (const answer of [deep, lists, endless('{"a":', 2 ** 19), endless('"{}\\', 2 ** 19)])
      read(node, answer, 'x = 1');
  });
});

test('any code in a fence that it does not hold itself is given back as it stands', () => {
  const shown = fc
    .oneof(hostileText, fc.constantFrom(...CORPUS.map(({ text }) => text)))
    // Said so by extractCode: CRLF becomes LF, a byte order mark and blank lines at the edges go.
    .map((text) =>
      text
        .replace(/\r+\n/g, '\n')
        .replace(/^(?:[^\S\n]*\n)+/, '')
        .trimEnd(),
    )
    .filter((text) => text.trim() !== '');
  fc.assert(
    fc.property(shown, fc.constantFrom('', 'python', 'c'), (code, language) => {
      const longest = Math.max(2, ...(code.match(/`+/g) ?? []).map((run) => run.length));
      const fence = '`'.repeat(longest + 1);
      expect(extractCode(`Here it is:\n\n${fence}${language}\n${code}\n${fence}\nEnjoy!`)?.text).toBe(code);
    }),
    { numRuns: 500 },
  );
});

test('an error that has code around it, or a word that looks like JSON, is neither', () => {
  for (const { text } of CORPUS) {
    expect(extractCode(`Error: ${text.replace(/[\r\n\u2028\u2029]/g, ' ').replaceAll('`', '')}`)).toBeNull();
    for (const found of findJson(text)) expect(typeof found).toBe('object');
  }
});

test.each(CORPUS.map(({ name, text }) => [name, text] as const))(
  'a long text without a line end is read: %s',
  (_, unit) => {
    const text = endless(unit, 2 ** 17);
    for (const before of ['', '```\n', '<think>', '{']) extractCode(before + text);
    extractCode(unit.repeat(2 ** 14 / unit.length));
    expect(similarity(text, text)).toBe(1);
    expect(sameCode(text, `${text}x`)).toBe(false);
  },
);
