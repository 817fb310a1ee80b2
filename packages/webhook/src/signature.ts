import { createHmac } from 'node:crypto';

/** A message as it is signed and sent. */
export interface SignedMessage {
  /** The same for every try, so that a receiver knows a message it has seen. Without a dot. */
  readonly id: string;
  /** When this try is made, ms since 1970. */
  readonly at: number;
  readonly body: string;
}

/** The headers of Standard Webhooks (standardwebhooks.com), with a signature per key. */
export function signatureHeaders(keys: readonly Buffer[], { id, at, body }: SignedMessage) {
  const timestamp = Math.floor(at / 1_000);
  const signatures = keys.map((key) => {
    const digest = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
    return `v1,${digest}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  };
}
