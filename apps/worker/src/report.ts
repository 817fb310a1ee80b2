import type { StageWorkerEvent, WebhookWorkerEvent } from '@codegen/queue';
import type { RepeatLimit } from '@codegen/settings';
import type { Logger } from 'pino';

type Event<Kind extends StageWorkerEvent['kind']> = Extract<StageWorkerEvent, { kind: Kind }>;

/** Writes an event of the stage worker to the service log, and equal faults once a minute. */
export function reportStages(log: Logger, repeats: RepeatLimit, event: StageWorkerEvent) {
  switch (event.kind) {
    case 'fault':
      return reportFault(log, repeats, event.error, placeOf(event));
    case 'breaker':
      return reportBreaker(log, event);
    case 'stage':
      return reportStage(log, event);
    case 'finished':
      return log.info(finishedLine(event), 'job finished');
  }
}

/** Writes an event of the webhook worker to the service log, without the URL: it may contain a secret. */
export function reportWebhooks(log: Logger, repeats: RepeatLimit, event: WebhookWorkerEvent) {
  if (event.kind === 'fault') return reportFault(log, repeats, event.error, placeOf(event));
  const { run, requestId, attempt, outcome } = event;
  const { status, error, durationMs: ms } = attempt;
  log[outcome === 'failed' ? 'warn' : 'info'](
    { run, requestId, status, error, ms, outcome },
    'webhook attempted',
  );
}

const placeOf = ({ run, requestId, stage }: { run?: string; requestId?: string | null; stage?: string }) => ({
  run,
  requestId,
  stage,
});

const finishedLine = ({ id, requestId, outcome, route, createdAt, finishedAt, cost }: Event<'finished'>) => ({
  run: id,
  requestId,
  status: outcome.status,
  route,
  ms: finishedAt - createdAt,
  cost,
  ...(outcome.status !== 'cancelled' && { degraded: outcome.degraded.length }),
});

function reportFault(log: Logger, repeats: RepeatLimit, err: Error, place: object) {
  repeats.log(err.message, (repeated) =>
    log.error({ err, ...place, ...(repeated > 0 && { repeated }) }, 'fault'),
  );
}

function reportBreaker(log: Logger, { model, caller, until, opened, failure }: Event<'breaker'>) {
  const subject = { model, ...(caller !== null && { caller }) };
  if (until === null) return log.info({ ...subject, after: failure.code }, 'breaker closed');
  const details = { ...subject, until: new Date(until).toISOString(), opened, failure };
  if (model === null) return log.error(details, 'breaker opened: the model server refuses the account');
  return log.warn(details, 'breaker opened');
}

function reportStage(log: Logger, { run, requestId, record }: Event<'stage'>) {
  const { stage, status, calls, failure, startedAt, endedAt } = record;
  // Only the operator can fix a failure that fails every run.
  const failedLevel = failure?.intent === 'failRun' ? 'error' : 'warn';
  const level = status === 'failed' ? failedLevel : 'info';
  const ms = endedAt === null ? null : endedAt - startedAt;
  log[level](
    { run, requestId, stage, status, model: calls.at(-1)?.model, calls: calls.length, ms, failure },
    'stage ended',
  );
}
