/** Where the end of a run is told, and how that went. */
export interface Webhook {
  readonly url: string;
  /** `waiting` for the end of the run, `pending` while it is being told. */
  readonly status: 'waiting' | 'pending' | 'delivered' | 'failed';
  /** The last ones, the oldest first. */
  readonly attempts: readonly DeliveryAttempt[];
  /** Milliseconds since 1970; null if none is to be made. */
  readonly nextAttemptAt: number | null;
}

export interface DeliveryAttempt {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The HTTP status of the answer; null if there was none. */
  readonly status: number | null;
  /** Why there was no answer; null if there was one. */
  readonly error: string | null;
  readonly durationMs: number;
}

/** Out of the fields of a run's hash. */
export function readWebhook(fields: Readonly<Record<string, string>>): Webhook | null {
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
