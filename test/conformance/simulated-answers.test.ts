import { buildCode, graph, type Input, type Node, type StageContext } from '@codegen/pipeline';
import { type Simulator, startSimulator } from '@codegen/simulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const fileOf = (content: string) => ({ name: null, language: 'python', content, inText: true });

/** Different usable outputs of all inputs. */
const inputsOf = ({ inputs }: Node): Input[] =>
  inputs.map(({ stage: { name, output } }) => ({
    stage: name,
    output:
      output === 'specification'
        ? { kind: 'specification', text: 'Goal: Reverse a string' }
        : { kind: 'code', code: buildCode([fileOf(`print("${name}")`)]) },
  }));

describe('the simulator has a usable answer for every stage', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator();
  });
  afterAll(() => simulator[Symbol.asyncDispose]());

  const files = [
    { name: 'main.py', content: 'def reverse(text):\n    return text[::-1]' },
    { name: 'lib.js', content: Array.from({ length: 500 }, (_, i) => `line(${i});`).join('\n') },
  ];
  const nodes = graph.nodes.map((node) => [node.stage.name, node] as const);
  // `edit` is called only with code.
  const withoutCode = nodes.filter(([name]) => name !== 'edit').map((one) => [...one, []] as const);
  const withCode = nodes.map((one) => [...one, files] as const);

  test.each([...withoutCode, ...withCode])('%s', async (name, node, files) => {
    const context: StageContext = {
      conversation: [
        { role: 'user', content: 'Write a Python function to reverse a string in main.py and lib.js' },
      ],
      files,
      inputs: inputsOf(node),
      seed: 1,
    };
    const { system, user } = node.stage.prompt(context);
    const response = await fetch(`${simulator.baseUrl}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({
        model: 'maker/model',
        messages: [
          { role: 'system', content: system },
          { role: 'user', content: user },
        ],
      }),
    });
    const body = (await response.json()) as { choices: [{ message: { content: string } }] };
    expect(response.status, JSON.stringify(body)).toBe(200);
    expect(node.stage.read(body.choices[0].message.content, context).kind).toBe(node.stage.output);
    expect(simulator.calls().at(-1)).toMatchObject({ stage: name, status: 'answered' });
  });
});
