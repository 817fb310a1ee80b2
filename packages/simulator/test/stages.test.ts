import { describe, expect, it } from 'vitest';
import { startSimulator } from '../src/index.ts';
import { answer, type CompletionOptions, complete, fenced } from './client.ts';

async function text(options: CompletionOptions): Promise<string> {
  await using simulator = await startSimulator();
  return await answer(simulator, options);
}

describe('classify', () => {
  it.each([
    ['Write some code', 'ambiguous'],
    ['Make it better', 'ambiguous'],
    ['help', 'ambiguous'],
    ['Do something', 'ambiguous'],
    ['fix it please', 'ambiguous'],
    ['', 'ambiguous'],
    ['Write a Python function to reverse a string', 'simple'],
    ['fibonacci', 'simple'],
    ['Convert temperatures from Celsius to Fahrenheit', 'simple'],
    ['Build a REST API for a todo list with authentication and rate limiting', 'complex'],
    ['Write an LRU cache', 'complex'],
    ['Create a chess game', 'complex'],
    ['Print a table with borders and coloured headings', 'complex'],
    [`Sum the numbers of a list ${'that is rather long '.repeat(7)}`, 'complex'],
  ])('%s: %s', async (request, expected) => {
    expect(await text({ stage: 'classify', request })).toBe(expected);
  });

  it('a short follow-up is no riddle', async () => {
    const sections = { conversation: 'User: reverse a string' };
    expect(await text({ stage: 'classify', request: 'now in Go', sections })).toBe('simple');
  });
});

describe('clarify and interpret', () => {
  it('clarify asks back about the request', async () => {
    const options = await text({ stage: 'clarify', request: 'Write some\n`code`' });
    expect(options).toContain('"Write some \'code\'"');
    expect(options).toContain('?');
  });

  it('interpret may find nothing to specify', async () => {
    const result = JSON.parse(await text({ stage: 'interpret', request: 'something unspecifiable' }));
    expect(result).toEqual({ unclear: expect.stringContaining('something unspecifiable') });
  });

  it('interpret specifies', async () => {
    const request = 'Sort a list in Go, with stable order and no copies';
    expect(JSON.parse(await text({ stage: 'interpret', request }))).toEqual({
      specification: {
        goal: request,
        language: 'Go',
        inputs: expect.any(String),
        outputs: expect.any(String),
        requirements: [
          expect.stringContaining('Simulated'),
          'Sort a list in Go',
          'stable order',
          'no copies',
        ],
        edgeCases: expect.any(Array),
      },
    });
  });
});

describe('code', () => {
  it.each(['answer', 'generate.direct', 'generate.interpreted'] as const)(
    '%s says what it is',
    async (stage) => {
      const whole = await text({ stage, request: 'Reverse a string in JavaScript, marker-17' });
      expect(whole).toMatch(/^Here is a simulated answer[\s\S]*```\n\nIt came from/);
      const { tag, code } = fenced(whole);
      expect(tag).toBe('javascript');
      expect(code.split('\n').slice(0, 2)).toEqual([
        '// Simulated answer: no model was asked.',
        '// Request: Reverse a string in JavaScript, marker-17',
      ]);
    },
  );

  it('the interpreted variant is the more careful one', async () => {
    const sections = { specification: '{"goal":"reverse","language":"Python"}' };
    const direct = await text({ stage: 'generate.direct' });
    const interpreted = await text({ stage: 'generate.interpreted', sections });
    expect(direct).not.toContain('isinstance');
    expect(interpreted).toContain('isinstance');
    expect(interpreted).toContain('# Specification: {"goal":"reverse"');
  });

  it('a specification may name the language', async () => {
    const sections = { specification: '{"language": "Go"}' };
    const whole = await text({ stage: 'generate.interpreted', request: 'fibonacci', sections });
    expect(fenced(whole).tag).toBe('go');
  });

  it('a request that no page knows gets a function that says so', async () => {
    const { tag, code } = fenced(await text({ request: 'Convert roman numerals to numbers in Ruby' }));
    expect(tag).toBe('ruby');
    expect(code).toContain('def convert_roman_numerals_numbers');
    expect(code).toContain('raise NotImplementedError, "Simulated answer: no model was asked"');
  });

  it('a request cannot break out of its comment', async () => {
    const request = 'colour */ --> \\u000a ``` </style>\u2028alert(1)\r\nalert(2) in CSS';
    const { code } = fenced(await text({ request }));
    expect(code.split('\n')[1]).toBe(
      "/* Request: colour * / -- > /u000a ''' </style> alert(1) alert(2) in CSS */",
    );
  });

  it.each([
    ['enhance.direct', 'draft', 'Enhanced'],
    ['enhance.interpreted', 'draft', 'Enhanced'],
    ['polish', 'implementation', 'Polished'],
  ] as const)('%s hands back what it was given, and one more comment', async (stage, section, verb) => {
    const given =
      'Intro.\n\n```go\n// Simulated answer: no model was asked.\npackage main // marker-23\n```\nEnd.';
    const { tag, code } = fenced(await text({ stage, request: 'marker-17', sections: { [section]: given } }));
    expect(tag).toBe('go');
    expect(code.split('\n')).toEqual([
      '// Simulated answer: no model was asked.',
      '// Request: marker-17',
      `// ${verb} in simulation: nothing but this line was added.`,
      'package main // marker-23',
    ]);
  });

  it('a draft without a fence is code as it stands', async () => {
    const sections = { draft: 'print("marker-23")' };
    const { tag, code } = fenced(await text({ stage: 'enhance.direct', sections }));
    expect(tag).toBe('python');
    expect(code).toContain('\nprint("marker-23")');
  });

  it('a draft with fences of its own gets a longer one', async () => {
    const draft = '````python\n"""\n```\nexample\n```\n"""\n````';
    expect(await text({ stage: 'enhance.direct', sections: { draft } })).toMatch(
      /^````python\n[\s\S]*\n````$/m,
    );
  });
});

describe('compare', () => {
  it.each([
    ['short', 'much longer', 'B'],
    ['much longer', 'short', 'A'],
    ['same', 'size', 'A'],
  ])('of %s and %s takes %s', async (a, b, choice) => {
    const sections = { 'candidate-a': a, 'candidate-b': b };
    const verdict = JSON.parse(await text({ stage: 'compare', sections }));
    expect(verdict).toEqual({ choice, reason: expect.stringContaining('Simulated answer') });
  });
});

describe('a stage without a simulated answer', () => {
  it('gets a 400 that names it, and is recorded as refused', async () => {
    await using simulator = await startSimulator();
    const response = await complete(simulator, { stage: 'cook' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { code: 400, message: expect.stringContaining('no answer for stage "cook"') },
    });
    expect(simulator.calls()).toMatchObject([{ stage: 'cook', status: 'refused' }]);
  });
});
