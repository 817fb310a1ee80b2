import {
  buildCode,
  graph,
  type Input,
  type Node,
  type ResolvedOutput,
  type StageContext,
  verifiedGraph,
} from '@codegen/pipeline';
import { type Simulator, startSimulator } from '@codegen/simulator';
import { HANG_MS } from '@codegen/testing/timeouts';
import { runCases } from '@codegen/worker/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const fileOf = (content: string) => ({ name: null, language: 'python', content, inText: true });

const nodeOf = (name: string) => verifiedGraph.nodes.find(({ stage }) => stage.name === name)!;

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

  async function answerOf({ stage }: Node, context: StageContext): Promise<ResolvedOutput> {
    const { system, user } = stage.prompt(context);
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
    return stage.read(body.choices[0].message.content, context) as ResolvedOutput;
  }

  const files = [
    { name: 'main.py', content: 'def reverse(text):\n    return text[::-1]' },
    { name: 'lib.js', content: Array.from({ length: 500 }, (_, i) => `line(${i});`).join('\n') },
  ];
  const nodes = [...graph.nodes, nodeOf('cases')].map((node) => [node.stage.name, node] as const);
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
    expect((await answerOf(node, context)).kind).toBe(node.stage.output);
    expect(simulator.calls().at(-1)).toMatchObject({ stage: name, status: 'answered' });
  });

  test.skipIf(process.platform !== 'linux')('test cases tell the canned programs apart', async () => {
    const content = 'Write a JavaScript function to reverse a string, "hello" gives "olleh"';
    const context = { conversation: [{ role: 'user' as const, content }], files: [], seed: 1 };
    const written = ['generate.direct', 'generate.interpreted', 'cases'].map(async (stage) => {
      return { stage, output: await answerOf(nodeOf(stage), { ...context, inputs: [] }) };
    });
    const inputs = await Promise.all(written);
    const signal = AbortSignal.timeout(HANG_MS);
    const output = await nodeOf('verify').stage.work!({ ...context, inputs }, runCases, signal);
    if (output.kind !== 'verification') throw new Error(output.kind);
    const { verification } = output;
    expect(verification.choice).toBe('generate.interpreted');
    expect(verification.cases.map(({ isExample }) => isExample)).toEqual([true, ...Array(7).fill(false)]);
    // No program keeps a letter and its accent together.
    expect(verification.counted).toEqual([true, true, true, false, true, true, true, true]);
  });
});
