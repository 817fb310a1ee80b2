import { graph } from '@codegen/pipeline';
import {
  type Deliver,
  type Delivery,
  type QueueOptions,
  startWebhookWorker,
  type WebhookWorkerEvent,
} from '@codegen/queue';

/** Results of successive attempts: an HTTP status, an error or a function. The last one repeats. */
export type Answers = readonly (number | string | Deliver)[];

/** Starts a webhook worker whose attempts have scripted results, and records its deliveries and events. */
export async function startScriptedWorker(
  queue: { readonly options: QueueOptions },
  answers: Answers,
  retryDelaysMs = [1, 1, 1, 1, 1, 1],
  lockMs = 10_000,
) {
  const deliveries: Delivery[] = [];
  const events: WebhookWorkerEvent[] = [];
  const deliver: Deliver = async (delivery, signal) => {
    const answer = answers[Math.min(deliveries.length, answers.length - 1)] ?? 200;
    deliveries.push(delivery);
    if (typeof answer === 'function') return answer(delivery, signal);
    return typeof answer === 'number' ? { status: answer, error: null } : { status: null, error: answer };
  };
  const report = (event: WebhookWorkerEvent) => events.push(event);
  const webhookWorker = await startWebhookWorker(graph, deliver, {
    ...queue.options,
    retryDelaysMs,
    lockMs,
    outboxScanMs: 50,
    report,
  });
  return {
    webhookWorker,
    deliveries,
    events,
    close: webhookWorker.close,
    [Symbol.asyncDispose]: () => webhookWorker.close(),
  };
}
