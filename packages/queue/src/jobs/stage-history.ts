import { type Graph, ROUTES, type Sample, type StageRecord, sampleOf } from '@codegen/pipeline';
import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';

/** What is learned from a stage that has ended, as it is kept; empty if there is nothing. It names no run. */
export function lessonOf(record: StageRecord): string {
  const sample = sampleOf(record);
  if (sample === null) return '';
  const { model, ms, cost, simulated } = sample;
  return JSON.stringify([ms, cost, simulated ? 1 : 0, model]);
}

/** What every stage took lately, by its name. */
export async function readHistory(
  graph: Graph,
  redis: Connection,
  keys: Keys,
): Promise<Record<string, readonly Sample[]>> {
  const nodes = [graph.entry, ...ROUTES.flatMap((route) => graph.stagesOf(route))];
  const histories = nodes.map(async ({ stage: { name } }) => {
    const lessons = await redis.lrange(keys.history(name), 0, -1);
    return [name, lessons.map(readLesson)] as const;
  });
  return Object.fromEntries(await Promise.all(histories));
}

function readLesson(lesson: string): Sample {
  const [ms, cost, simulated, model] = JSON.parse(lesson) as [number, number | null, 0 | 1, string];
  return { ms, cost, simulated: simulated === 1, model };
}
