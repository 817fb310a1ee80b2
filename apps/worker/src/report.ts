import type { StageWorkerEvent, WebhookWorkerEvent } from '@codegen/queue';
import type { Logger } from 'pino';

type Event<Kind extends StageWorkerEvent['kind']> = Extract<StageWorkerEvent, { kind: Kind }>;

/** Writes an event of the stage worker to the service log. */
export function reportStages(log: Logger, event: StageWorkerEvent) {
  switch (event.kind) {
    case 'fault':
      return log.error({ err: event.error, run: event.run, stage: event.stage }, 'fault');
    case 'breaker':
      return reportBreaker(log, event);
    case 'stage':
      return reportStage(log, event);
  }
}

/** Writes an event of the webhook worker to the service log, without the URL: it may contain a secret. */
export function reportWebhooks(log: Logger, event: WebhookWorkerEvent) {
  if (event.kind === 'fault') return log.error({ err: event.error, run: event.run }, 'fault');
  const { run, attempt, outcome } = event;
  const { status, error, durationMs: ms } = attempt;
  log[outcome === 'failed' ? 'warn' : 'info']({ run, status, error, ms, outcome }, 'webhook attempted');
}

function reportBreaker(log: Logger, { model, until, opened, failure }: Event<'breaker'>) {
  if (until === null) return log.info({ model, after: failure.code }, 'breaker closed');
  const details = { model, until: new Date(until).toISOString(), opened, failure };
  if (model === null) return log.error(details, `breaker opened: ${accountFault(failure)}`);
  return log.warn(details, 'breaker opened');
}

const accountFault = ({ code }: Event<'breaker'>['failure']) =>
  code === 'wrong-base-url'
    ? 'there is no model server at the address'
    : 'the model server refuses the account';

function reportStage(log: Logger, { run, record }: Event<'stage'>) {
  const { stage, status, calls, failure, startedAt, endedAt } = record;
  const level = status === 'failed' ? 'warn' : 'info';
  const ms = endedAt === null ? null : endedAt - startedAt;
  log[level](
    { run, stage, status, model: calls.at(-1)?.model, calls: calls.length, ms, failure },
    'stage ended',
  );
}
