import type { FinishedJob, JobEvent, StageDegraded, StageEnded } from '@codegen/client';
import { oneLine, type Terminal } from '../terminal.ts';

/**
 * Prints a line when a stage starts, retries or ends, a summary when the job finishes, and the number of characters
 * each running stage has written as the status line.
 */
export function createProgressPrinter({ printLine, setStatus }: Terminal): (event: JobEvent) => void {
  const printEvent = createEventPrinter((line) => printLine(oneLine(line)));
  const updateStatus = createStatusLine((line) => setStatus(oneLine(line)));
  return (event) => {
    printEvent(event);
    updateStatus(event);
  };
}

function createEventPrinter(print: (line: string) => void): (event: JobEvent) => void {
  const models = new Map<string, string>();
  const degraded = new Set<string>();
  const printDegraded = ({
    stage,
    why,
    consequence,
  }: Pick<StageDegraded, 'stage' | 'why' | 'consequence'>) => {
    if (!degraded.has(stage)) print(`! ${stage}: ${why}; ${consequence}`);
    degraded.add(stage);
  };
  /** One line for all stages that were left out because the caller accepted the code. */
  const printAccepted = (list: FinishedJob['degraded']) => {
    const left = list.filter(({ code }) => code === 'skipped-by-caller').map(({ stage }) => stage);
    if (left.length > 0) print(`! accepted without ${left.join(', ')}`);
    for (const stage of left) degraded.add(stage);
  };
  return (event) => {
    switch (event.type) {
      case 'stage.started': {
        const { stage, model, attempt } = event;
        models.set(stage, model);
        print(attempt > 1 ? `↻ ${stage}  attempt ${attempt}  ${model}` : `▸ ${stage}  ${model}`);
        break;
      }
      case 'stage.retrying':
        print(`↻ ${event.stage}  ${event.why}${delay(event.retryAt)}`);
        break;
      case 'stage.completed':
      case 'stage.skipped':
      case 'stage.cancelled':
        print(stageEnd(event, models.get(event.stage)));
        break;
      case 'stage.degraded':
        print(`${stageEnd(event, models.get(event.stage))}  ${event.why}`);
        printDegraded(event);
        break;
      case 'job.routed':
        print(`  route: ${event.route}`);
        break;
      case 'job.finished':
        printAccepted(event.job.degraded);
        for (const degradation of event.job.degraded) printDegraded(degradation);
        print(summary(event.job));
    }
  };
}

function createStatusLine(set: (line: string) => void): (event: JobEvent) => void {
  const characters = new Map<string, number>();
  return (event) => {
    if (event.type === 'stage.delta') {
      characters.set(event.stage, (characters.get(event.stage) ?? 0) + event.text.length);
    } else if ('stage' in event) characters.delete(event.stage);
    else return;
    const parts = [...characters].map(([stage, count]) => `${stage} ${count.toLocaleString('en')}`);
    set(parts.length === 0 ? '' : `  characters: ${parts.join(', ')}`);
  };
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`;

function delay(until: number): string {
  const ms = until - Date.now();
  return ms > 0 ? `; again in ${seconds(ms)}` : '';
}

function stageEnd(event: StageEnded | StageDegraded, requestedModel: string | undefined): string {
  const { type, stage, servedModel, attempts, durationMs } = event;
  const status = type.slice('stage.'.length);
  const model = servedModel ?? requestedModel;
  if (attempts === 0 || model === undefined) return `- ${stage}  ${status}, no model needed`;
  return `${type === 'stage.completed' ? '✓' : '✗'} ${stage}  ${model}  ${seconds(durationMs)}`;
}

const summary = ({ status, durationMs, cost, simulated }: FinishedJob): string =>
  `${status} in ${seconds(durationMs)}${cost === null ? '' : `, ${simulated ? 'simulated ' : ''}$${cost.toFixed(6)}`}`;
