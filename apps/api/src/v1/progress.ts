import type { Job, JobStage } from '@codegen/contract';
import type { RunEvent } from '@codegen/pipeline';

/** A line on what a job does, for the reasoning of the answer. Null for an event that is of no interest. */
export function progressOf(event: RunEvent): string | null {
  switch (event.type) {
    case 'stage.started':
      return started(event.stage, event.model);
    case 'stage.retrying':
      return `${event.stage}: ${event.why}; trying again\n`;
    case 'stage.completed':
      // A stage without a model call is of no interest.
      return event.attempts === 0 ? null : ended(event.stage, 'completed', event.durationMs);
    case 'stage.degraded':
      return `${event.stage}: ${event.why}; ${event.consequence}\n`;
    case 'job.routed':
      return `route: ${event.route}\n`;
    default:
      return null;
  }
}

/** The same lines for a job that has finished, without its retries and its route. */
export function progressOfJob({ stages, degraded }: Pick<Job, 'stages' | 'degraded'>): string {
  const lines = stages.flatMap((stage) => linesOf(stage, degraded));
  return lines
    .toSorted((a, b) => a.at - b.at)
    .map(({ line }) => line)
    .join('');
}

interface Line {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly line: string;
}

function linesOf(stage: JobStage, degraded: Job['degraded']): Line[] {
  const { name, status, startedAt, durationMs, calls } = stage;
  if (calls.length === 0) return [];
  const lines = calls.map(({ model, startedAt }) => ({
    at: Date.parse(startedAt),
    line: started(name, model),
  }));
  if (startedAt === null || durationMs === null) return lines;
  const at = Date.parse(startedAt) + durationMs;
  const failure = degraded.find((one) => one.stage === name);
  if (status === 'completed') lines.push({ at, line: ended(name, status, durationMs) });
  else if (failure) lines.push({ at, line: `${name}: ${failure.why}; ${failure.consequence}\n` });
  return lines;
}

const started = (stage: string, model: string) => `${stage}: ${model}\n`;
const ended = (stage: string, status: string, ms: number) =>
  `${stage}: ${status} in ${(ms / 1_000).toFixed(1)} s\n`;
