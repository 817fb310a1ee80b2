import type { StageWorkerEvent } from '@codegen/queue';
import type { Logger } from 'pino';

/** What the consumer tells, as lines of the service's log. */
export function report(log: Logger, event: StageWorkerEvent) {
  switch (event.kind) {
    case 'fault':
      return log.error({ err: event.error, run: event.run, stage: event.stage }, 'fault');
    case 'breaker':
      return reportTurn(log, event);
    case 'stage':
      return reportStage(log, event);
  }
}

function reportTurn(log: Logger, { model, until, opened, failure }: Event<'breaker'>) {
  if (until === null) return log.info({ model, after: failure.code }, 'breaker closed');
  const about = { model, until: new Date(until).toISOString(), opened, failure };
  if (model === null) return log.error(about, 'breaker opened: the model server refuses the account');
  return log.warn(about, 'breaker opened');
}

function reportStage(log: Logger, { run, record }: Event<'stage'>) {
  const { stage, status, calls, failure, startedAt, endedAt } = record;
  const level = status === 'failed' ? 'warn' : 'info';
  const ms = endedAt === null ? null : endedAt - startedAt;
  log[level](
    { run, stage, status, model: calls.at(-1)?.model, calls: calls.length, ms, failure },
    'stage ended',
  );
}

type Event<Kind extends StageWorkerEvent['kind']> = Extract<StageWorkerEvent, { kind: Kind }>;
