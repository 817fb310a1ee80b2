import { readTarget, TargetError } from '@codegen/webhook';
import { ProblemError } from './problem.ts';

export interface WebhookRules {
  /** Whether the service has a secret to sign webhooks with. */
  readonly enabled: boolean;
  /** Whether they may go to private and loopback addresses. */
  readonly allowPrivate: boolean;
}

/** The address of a webhook in its usual form; null if none was asked for. @throws ProblemError */
export function checkWebhook(given: string | null, rules: WebhookRules): string | null {
  if (given === null) return null;
  requireWebhooks(rules);
  try {
    return readTarget(given, rules.allowPrivate).href;
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    throw new ProblemError('invalid-webhook', `webhook: ${error.message}.`);
  }
}

/** @throws ProblemError */
export function requireWebhooks({ enabled }: WebhookRules) {
  if (enabled) return;
  const detail = 'Do without a webhook, or ask whoever runs the service to set WEBHOOK_SECRETS.';
  throw new ProblemError('webhooks-not-configured', detail);
}
