import type { Job } from './client.ts';
import { printable } from './terminal.ts';

const ENDED = new Set(['completed', 'skipped', 'failed', 'cancelled']);

/** Tells a person what happens to a job: each stage as it starts and ends, then the sum. Given the job time and again. */
export function narrate(say: (line: string) => void): (job: Job) => void {
  const told = new Set<string>();
  const once = (key: string, line: string) => {
    if (told.has(key)) return;
    told.add(key);
    say(printable(line));
  };
  return (job) => {
    for (const stage of job.stages) {
      if (stage.status === 'waiting') continue;
      const { name, model, attempts } = stage;
      if (model !== null) once(`${name} start`, `▸ ${name}  ${model}`);
      if (attempts > 1) once(`${name} ${attempts}`, `↻ ${name}  attempt ${attempts}  ${model}`);
      if (ENDED.has(stage.status)) once(`${name} end`, ended(stage));
      // The first stage chooses the route; the others belong to it.
      if (job.route !== null) once('route', `  route: ${job.route}`);
    }
    for (const { stage, why, consequence } of job.degraded)
      once(`${stage} lost`, `! ${stage}: ${why}; ${consequence}`);
    if (job.finishedAt !== null) once('end', sum(job));
  };
}

function sum({ status, durationMs, cost }: Job): string {
  const time = durationMs === null ? '' : ` in ${(durationMs / 1_000).toFixed(2)} s`;
  return `${status}${time}${cost === null ? '' : `, $${cost.toFixed(6)}`}`;
}

function ended({ name, status, model, servedModel, durationMs, failure }: Job['stages'][number]): string {
  if (model === null) return `- ${name}  ${status}, no model needed`;
  const time = durationMs === null ? '' : `  ${(durationMs / 1_000).toFixed(2)} s`;
  const mark = status === 'completed' ? '✓' : '✗';
  return `${mark} ${name}  ${servedModel ?? model}${time}${failure ? `  ${failure.message}` : ''}`;
}
