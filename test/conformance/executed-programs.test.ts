import { existsSync } from 'node:fs';
import { fromQuery, resolveOutput, verifiedGraph } from '@codegen/pipeline';
import type { StageWorkerOptions } from '@codegen/queue';
import { fenced, reply } from '@codegen/testing/models/replies';
import { scriptModels } from '@codegen/testing/models/scripted-models';
import { prepareNative, runCases } from '@codegen/worker/testing';
import { expect, inject, test } from 'vitest';
import { bullmqExecutor } from './executors/bullmq.ts';

const right = 'def initials(name):\n    return "".join(word[0].upper() for word in name.split())';
const wrong = 'def get_initials(full_name):\n    return "".join(w[0].upper() for w in full_name.split(" "))';
const cases = [
  { function: 'initials', args: ['ada lovelace'], returns: 'AL', example: true },
  { function: 'initials', args: [''], returns: '' },
  { function: 'initials', args: [' grace  hopper '], returns: 'GH' },
  // A mistake of the model: no implementation passes it, so it does not count.
  { function: 'initials', args: ['x'], returns: 'XX' },
];

test.skipIf(process.platform !== 'linux')(
  'programs that are run on BullMQ and in the sandbox correct a reviewer who is wrong',
  async () => {
    const models = scriptModels({
      cases: reply(JSON.stringify({ cases })),
      'generate.direct': reply(fenced(right)),
      'enhance.direct': reply(fenced(right)),
      'generate.interpreted': reply(fenced(wrong)),
      'enhance.interpreted': reply(fenced(wrong)),
      compare: reply('{"choice": "B", "reason": "shorter"}'),
      polish: reply(fenced(wrong)),
    });
    const logged = new Map<string, string>();
    const appendStageLog: StageWorkerOptions['appendStageLog'] = async ({ stage }, { text }) =>
      void logged.set(stage.log, text);
    await using executor = await bullmqExecutor(() => inject('redisUrl'), {}, verifiedGraph, {
      appendStageLog,
    })({ ...models, runCases });
    const { outcome, stages } = await executor.run(fromQuery('initials("ada lovelace") should be "AL"'));
    expect(outcome).toMatchObject({
      status: 'completed',
      response: { steps: { bestImplementation: right } },
      // The polish was the wrong program again.
      degraded: [{ stage: 'polish', code: 'regression' }],
    });
    expect(resolveOutput(stages, 'polish')).toMatchObject({ code: { text: right } });
    expect(models.calls.map(({ stage }) => stage)).not.toContain('compare');
    const verification = { choice: 'enhance.direct', counted: [true, true, true, false] };
    expect(stages.verify?.output).toMatchObject({ verification });
    expect(JSON.parse(logged.get('reviewer_verify_responses.txt') ?? 'null')).toMatchObject(verification);
  },
);

const printing = (type: string, format: string) => `#include <stdio.h>
int main(void) { ${type} sum = 0, number; while (scanf("${format}", &number) == 1) sum += number; printf("${format}\\n", sum); }`;

test.skipIf(!existsSync('/usr/bin/gcc'))(
  'C programs that are compiled and run on stdin correct a reviewer who is wrong (needs gcc)',
  async () => {
    await prepareNative();
    const [right, wrong] = [printing('long long', '%lld'), printing('int', '%d')];
    const inputs = [
      { stdin: '1 2', prints: '3' },
      { stdin: '2000000000 2000000000', prints: '4000000000', example: true },
      { stdin: '-3000000000', prints: '-3000000000' },
      // A call of a compiled function cannot be tried, and counts against no program.
      { function: 'sum', args: [[1]], returns: 1 },
    ];
    const models = scriptModels({
      cases: reply(JSON.stringify({ cases: inputs })),
      'generate.direct': reply(fenced(right, 'c')),
      'enhance.direct': reply(fenced(wrong, 'c')),
      'generate.interpreted': reply(fenced(wrong, 'c')),
      'enhance.interpreted': reply(fenced(wrong, 'c')),
      compare: reply('{"choice": "B", "reason": "shorter"}'),
      polish: reply(fenced(wrong, 'c')),
    });
    await using executor = await bullmqExecutor(
      () => inject('redisUrl'),
      {},
      verifiedGraph,
    )({
      ...models,
      runCases,
    });
    const { outcome, stages } = await executor.run(fromQuery('a C program that adds integers'));
    expect(outcome).toMatchObject({
      response: { code: right },
      degraded: [{ stage: 'polish', code: 'regression' }],
    });
    expect(models.calls.map(({ stage }) => stage)).not.toContain('compare');
    // The improved version of the direct branch is worse, so its draft is compared.
    const verification = { choice: 'generate.direct', counted: [true, true, true, false] };
    expect(stages.verify?.output).toMatchObject({ verification });
  },
);
