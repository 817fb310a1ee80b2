import { leaksIn } from './accounts/leaks.ts';
import { ask, hangUp } from './http.ts';
import type { Site } from './site.ts';
import { until } from './until.ts';
import { type Levels, levelsOf } from './vitals.ts';

/** Jobs of a long run are kept for a minute, and what has expired is looked for every few seconds. */
const PATIENCE_MS = 120_000;

/**
 * What is held when all jobs are gone: those named are deleted, all others expire. Waits for the level of before, and
 * takes what there is when that does not come.
 */
export async function aftermath(site: Site, before: Levels, jobs: Iterable<string>): Promise<Levels> {
  for (const id of jobs) await ask(`${site.urls[0]}/jobs/${id}`, { method: 'DELETE' });
  hangUp();
  // Workers keep connections to it for longer than we have time.
  await site.simulator.kill();
  let after = await levelsOf(site);
  const isBack = async () => {
    after = await levelsOf(site);
    return leaksIn(before, after).length === 0;
  };
  await until('the level of before', isBack, { timeoutMs: PATIENCE_MS, everyMs: 1_000 }).catch(() => {});
  return after;
}
