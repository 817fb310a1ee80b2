import { fromQuery } from '@codegen/pipeline';
import { COMPLEX } from '@codegen/testing/case';
import type { StartExecutor } from '@codegen/testing/executor';
import { scriptModels } from '@codegen/testing/models';
import { fenced, type Reply, reply } from '@codegen/testing/replies';
import { expect } from 'vitest';

const NAMES = ['ALPHA', 'OMEGA'];
const namesIn = (text: string) => NAMES.filter((name) => text.includes(name)).join(' and ');

const writesName: Reply = (asked, moments) =>
  reply(fenced(`print("${asked.stage} for ${namesIn(asked.prompt.user)}")`))(asked, moments);

const specifiesName: Reply = (asked, moments) =>
  reply(JSON.stringify({ specification: { goal: `Print ${namesIn(asked.prompt.user)}` } }))(asked, moments);

/** Answers when all runs have come so far. */
function together(reply: Reply): Reply {
  const runs = new Set<string>();
  const { promise: all, resolve } = Promise.withResolvers<void>();
  return async (asked, moments) => {
    if (runs.add(asked.run).size === NAMES.length) resolve();
    await all;
    return reply(asked, moments);
  };
}

/** Runs under way at the same time each hold their own texts and nobody else's. */
export async function apart(startExecutor: StartExecutor) {
  const models = scriptModels({
    classify: together(reply('complex')),
    interpret: specifiesName,
    'generate.direct': together(writesName),
    'generate.interpreted': writesName,
    'enhance.direct': writesName,
    'enhance.interpreted': writesName,
    compare: reply('{"choice": "A"}'),
    polish: writesName,
  });
  await using executor = await startExecutor(models);
  const runs = await Promise.all(NAMES.map((name) => executor.run(fromQuery(`Print ${name}`))));

  for (const [index, run] of runs.entries()) {
    const name = NAMES[index] ?? '';
    const own = models.asked.filter((asked) => asked.run === run.id);
    expect(own.map(({ stage }) => stage).sort()).toEqual([...COMPLEX].sort());
    expect(new Set(own.map(({ prompt }) => namesIn(prompt.user)))).toEqual(new Set([name]));
    expect(namesIn(JSON.stringify(run))).toBe(name);
    expect(run.outcome).toMatchObject({
      status: 'completed',
      response: { code: `print("polish for ${name}")` },
    });
  }
  expect(models.asked).toHaveLength(2 * COMPLEX.length);
}
