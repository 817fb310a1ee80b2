import { type Output, StageError } from '@codegen/pipeline';
import { extractCode, findJson, sameCode, similarity } from '@codegen/pipeline/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CORPUS, endless, hostileText } from './corpus.ts';
import { inputsOf, NODES } from './stages.ts';

const someCode = hostileText.map((text) => `x = 1\n${text}`);

/** The output that a stage reads from an answer; null if it rejects the answer. Other errors are thrown. */
function read(node: (typeof NODES)[number], answer: string, given: string): Output | null {
  const inputs = inputsOf(node, given);
  try {
    const conversation = [{ role: 'user' as const, content: given }];
    return node.stage.read(answer, { conversation, files: [], inputs, seed: 1 });
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
  test('reads any answer as a usable output or rejects it', () => {
    fc.assert(
      fc.property(hostileText, someCode, (text, given) => {
        for (const answer of wrapped(text)) {
          const output = read(node, answer, given);
          if (output?.kind === 'code') expect(output.code.text.trim()).not.toBe('');
          if (output?.kind === 'specification') expect(output.text.trim()).not.toBe('');
          if (output?.kind === 'question') expect(output.question.trim()).not.toBe('');
          // Records store outputs as JSON.
          if (output !== null) expect(JSON.parse(JSON.stringify(output))).toEqual(output);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('reads very long lines and deeply nested JSON', () => {
    const deep = `{"specification": ${'{"goal":'.repeat(2 ** 16)}1${'}'.repeat(2 ** 16)}}`;
    const lists = `{"choice": ${'['.repeat(2 ** 18)}${']'.repeat(2 ** 18)}}`;
    for (const answer of [deep, lists, endless('{"a":', 2 ** 19), endless('"{}\\', 2 ** 19)])
      read(node, answer, 'x = 1');
  });
});

test('returns any code in a longer fence unchanged', () => {
  const shown = fc
    .oneof(hostileText, fc.constantFrom(...CORPUS.map(({ text }) => text)))
    // extractCode replaces CRLF by LF and removes byte order marks at the start of lines, and blank lines at the edges.
    .map((text) =>
      text
        .replace(/\r+\n/g, '\n')
        .replace(/^\ufeff/gm, '')
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

test('an error message is no code, and JSON is found only as an object or an array', () => {
  for (const { text } of CORPUS) {
    expect(extractCode(`Error: ${text.replace(/[\r\n\u2028\u2029]/g, ' ').replaceAll('`', '')}`)).toBeNull();
    for (const found of findJson(text)) expect(typeof found).toBe('object');
  }
});

test.each(CORPUS.map(({ name, text }) => [name, text] as const))(
  'reads a long text without line ends: %s',
  (_, unit) => {
    const text = endless(unit, 2 ** 17);
    for (const before of ['', '```\n', '<think>', '{']) extractCode(before + text);
    extractCode(unit.repeat(2 ** 14 / unit.length));
    expect(similarity(text, text)).toBe(1);
    expect(sameCode(text, `${text}x`)).toBe(false);
  },
);
