import type { FinishedJob, JobEvent, StageDegraded, StageEnded } from '@codegen/client';
import { oneLine } from '../terminal.ts';

/** Tells a person what happens to a job: each stage as it starts and ends, then the sum. */
export function narrate(say: (line: string) => void): (event: JobEvent) => void {
  const models = new Map<string, string>();
  const lost = new Set<string>();
  const tell = (line: string) => say(oneLine(line));
  const tellLost = ({ stage, why, consequence }: Pick<StageDegraded, 'stage' | 'why' | 'consequence'>) => {
    if (!lost.has(stage)) tell(`! ${stage}: ${why}; ${consequence}`);
    lost.add(stage);
  };
  return (event) => {
    switch (event.type) {
      case 'stage.started': {
        const { stage, model, attempt } = event;
        models.set(stage, model);
        tell(attempt > 1 ? `↻ ${stage}  attempt ${attempt}  ${model}` : `▸ ${stage}  ${model}`);
        break;
      }
      case 'stage.retrying':
        tell(`↻ ${event.stage}  ${event.why}${soon(event.retryAt)}`);
        break;
      case 'stage.completed':
      case 'stage.skipped':
      case 'stage.cancelled':
        tell(ended(event, models.get(event.stage)));
        break;
      case 'stage.degraded':
        tell(`${ended(event, models.get(event.stage))}  ${event.why}`);
        tellLost(event);
        break;
      case 'job.routed':
        tell(`  route: ${event.route}`);
        break;
      case 'job.finished':
        for (const degradation of event.job.degraded) tellLost(degradation);
        tell(sum(event.job));
    }
  };
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`;

function soon(at: number): string {
  const pause = at - Date.now();
  return pause > 0 ? `; again in ${seconds(pause)}` : '';
}

function ended(event: StageEnded | StageDegraded, asked: string | undefined): string {
  const { type, stage, servedModel, attempts, durationMs } = event;
  const status = type.slice('stage.'.length);
  const model = servedModel ?? asked;
  if (attempts === 0 || model === undefined) return `- ${stage}  ${status}, no model needed`;
  return `${type === 'stage.completed' ? '✓' : '✗'} ${stage}  ${model}  ${seconds(durationMs)}`;
}

const sum = ({ status, durationMs, cost, simulated }: FinishedJob): string =>
  `${status} in ${seconds(durationMs)}${cost === null ? '' : `, ${simulated ? 'simulated ' : ''}$${cost.toFixed(6)}`}`;
