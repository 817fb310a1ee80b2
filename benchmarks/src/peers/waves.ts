import type { Response, StageRecord } from '@codegen/pipeline';
import { type Asked, type Records, respond, routeOf } from './step.ts';

/**
 * The complex route as groups of stages that run at the same time, for what can wait for a group only. With models
 * that all take equally long this is no longer than the graph itself.
 */
const WAVES = [
  ['generate.direct', 'interpret'],
  ['enhance.direct', 'generate.interpreted'],
  ['enhance.interpreted'],
  ['compare'],
  ['polish'],
] as const;

export type PerformStep = (stage: string, asked: Asked, records: Records) => Promise<StageRecord>;

/** The stages that come after those on record, or null if there are none. */
export const nextWave = (records: Records): readonly string[] | null =>
  records.classify === undefined
    ? ['classify']
    : (WAVES.find((wave) => wave.some((stage) => records[stage] === undefined)) ?? null);

export async function performWave(
  wave: readonly string[],
  asked: Asked,
  records: Records,
  step: PerformStep,
): Promise<Records> {
  const done = await Promise.all(wave.map((stage) => step(stage, asked, records)));
  return { ...records, ...Object.fromEntries(done.map((record) => [record.stage, record])) };
}

/** @throws if the request is not a complex one: peers know only that route */
export function finish(records: Records): Response {
  if (records.classify === undefined || routeOf(records.classify) !== 'complex')
    throw new Error('only complex requests are measured');
  return respond('complex', records);
}
