import { fromQuery, graph, type Output } from '@codegen/pipeline';
import { fenced, type Replies, type Reply, reply } from '@codegen/testing/models/replies';
import { scriptModels } from '@codegen/testing/models/scripted-models';
import { COMPLEX, LAST_STAGE } from '@codegen/testing/runs/case';
import type { StartExecutor } from '@codegen/testing/runs/executor';
import { expect } from 'vitest';

const NAMES = ['ALPHA', 'OMEGA'];
const namesIn = (text: string) => NAMES.filter((name) => text.includes(name)).join(' and ');

const writesName: Reply = (call, moments) =>
  reply(fenced(`print("${call.stage} for ${namesIn(call.prompt.user)}")`))(call, moments);

const specifiesName: Reply = (call, moments) =>
  reply(JSON.stringify({ specification: { goal: `Print ${namesIn(call.prompt.user)}` } }))(call, moments);

/** Replies when every run has called. */
function concurrently(reply: Reply): Reply {
  const runs = new Set<string>();
  const { promise: all, resolve } = Promise.withResolvers<void>();
  return async (call, moments) => {
    if (runs.add(call.run).size === NAMES.length) resolve();
    await all;
    return reply(call, moments);
  };
}
const WRITES_NAME: Partial<Record<Output['kind'], Reply>> = {
  code: writesName,
  specification: specifiesName,
};

/** Stages that write text repeat the name in their prompt. The first stages of both runs overlap. */
function repliesWithName(): Replies {
  const written = COMPLEX.flatMap((stage) => {
    const reply = WRITES_NAME[graph.node(stage).stage.output];
    return reply ? [[stage, reply] as const] : [];
  });
  return {
    ...Object.fromEntries(written),
    classify: concurrently(reply('complex')),
    'generate.direct': concurrently(writesName),
    compare: reply('{"choice": "A"}'),
  };
}

/** Concurrent runs do not share texts. */
export async function checkIsolation(startExecutor: StartExecutor) {
  const models = scriptModels(repliesWithName());
  await using executor = await startExecutor(models);
  const runs = await Promise.all(NAMES.map((name) => executor.run(fromQuery(`Print ${name}`))));

  for (const [index, run] of runs.entries()) {
    const name = NAMES[index] ?? '';
    const own = models.calls.filter((call) => call.run === run.id);
    expect(own.map(({ stage }) => stage).sort()).toEqual([...COMPLEX].sort());
    expect(new Set(own.map(({ prompt }) => namesIn(prompt.user)))).toEqual(new Set([name]));
    expect(namesIn(JSON.stringify(run))).toBe(name);
    expect(run.outcome).toMatchObject({
      status: 'completed',
      response: { code: `print("${LAST_STAGE} for ${name}")` },
    });
  }
  expect(models.calls).toHaveLength(2 * COMPLEX.length);
}
