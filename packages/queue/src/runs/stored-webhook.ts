/** A run's webhook and its deliveries. */
export interface Webhook {
  readonly url: string;
  /** `waiting`: the run has not finished; `pending`: attempts are being made. */
  readonly status: 'waiting' | 'pending' | 'delivered' | 'failed';
  /** The last 20, oldest first. */
  readonly attempts: readonly DeliveryAttempt[];
  /** Ms since 1970; null if there is no further attempt. */
  readonly nextAttemptAt: number | null;
}

export interface DeliveryAttempt {
  /** Start of the attempt, ms since 1970. */
  readonly at: number;
  /** HTTP status of the response; null if there was none. */
  readonly status: number | null;
  /** Error code, e.g. ECONNREFUSED; null if there was a response. */
  readonly error: string | null;
  readonly durationMs: number;
}

/** @param fields of the run's hash */
export function readWebhook(fields: Readonly<Partial<Record<string, string>>>): Webhook | null {
  if (fields.webhook === undefined) return null;
  const numbers = Object.keys(fields)
    .filter((field) => field.startsWith('attempt:'))
    .map((field) => Number(field.slice('attempt:'.length)));
  return {
    url: fields.webhook,
    status: (fields.webhookStatus as Webhook['status'] | undefined) ?? 'waiting',
    attempts: numbers.sort((a, b) => a - b).map((number) => JSON.parse(fields[`attempt:${number}`] ?? '')),
    nextAttemptAt: fields.webhookAt === undefined ? null : Number(fields.webhookAt),
  };
}
