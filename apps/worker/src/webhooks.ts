import { graph } from '@codegen/pipeline';
import {
  queueOptions,
  type RunningWorker,
  startWebhookWorker,
  type WebhookWorkerEvent,
} from '@codegen/queue';
import type { Logger } from 'pino';
import type { WorkerOptions } from './config.ts';
import { createWebhookSender } from './webhook-sender.ts';

/** Delivers webhooks until closed. Without a secret there is nothing to sign them with, and nothing is started: null. */
export async function startWebhooks(options: WorkerOptions, log: Logger): Promise<RunningWorker | null> {
  if (options.WEBHOOK_SECRETS.length === 0) return null;
  const deliver = createWebhookSender({
    graph,
    retentionSeconds: options.JOB_RETENTION,
    keys: options.WEBHOOK_SECRETS,
    allowPrivate: options.WEBHOOK_ALLOW_PRIVATE,
  });
  return startWebhookWorker(graph, deliver, {
    ...queueOptions(options),
    report: (event) => report(log, event),
  });
}

/** Without the address: it may hold a secret of the receiver's. */
function report(log: Logger, event: WebhookWorkerEvent) {
  if (event.kind === 'fault') return log.error({ err: event.error, run: event.run }, 'fault');
  const { run, attempt, outcome } = event;
  const { status, error, durationMs: ms } = attempt;
  log[outcome === 'failed' ? 'warn' : 'info']({ run, status, error, ms, outcome }, 'webhook attempted');
}
