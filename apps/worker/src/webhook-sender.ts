import { jobResource, type Shown } from '@codegen/job';
import type { Deliver, StoredRun } from '@codegen/queue';
import { readTarget, signatureHeaders, TargetError } from '@codegen/webhook';
import { AddressNotAllowed, type Resolve, resolveName } from './webhook-address.ts';
import { postWebhook } from './webhook-post.ts';

export interface WebhookSenderOptions extends Shown {
  /** Each of them signs. */
  readonly keys: readonly Buffer[];
  readonly allowPrivate: boolean;
  /** Milliseconds for an attempt, from the name to the answer; 15 s by default. */
  readonly timeoutMs?: number;
  readonly resolve?: Resolve;
}

const TIMEOUT_MS = 15_000;

/** Sends the end of a run as a message of Standard Webhooks. */
export function createWebhookSender(options: WebhookSenderOptions): Deliver {
  const { keys, allowPrivate, timeoutMs = TIMEOUT_MS, resolve = resolveName } = options;
  return async ({ messageId, url, run }, signal) => {
    const deadline = AbortSignal.timeout(timeoutMs);
    const body = messageOf(options, run);
    const headers = {
      'Content-Type': 'application/json; charset=utf-8',
      'User-Agent': 'code-generation-agent',
      ...signatureHeaders(keys, { id: messageId, at: Date.now(), body }),
    };
    try {
      // Looked at again: what is allowed may have changed since the job was taken.
      const target = readTarget(url, allowPrivate);
      const about = { headers, body, allowPrivate, resolve };
      const status = await postWebhook(target, about, AbortSignal.any([signal, deadline]));
      return { status, error: null };
    } catch (error) {
      signal.throwIfAborted();
      return { status: null, error: deadline.aborted ? 'timed-out' : reasonOf(error) };
    }
  };
}

/** The job as `GET /jobs/:id` shows it, but for the deliveries, which go on. */
function messageOf(shown: Shown, run: StoredRun): string {
  const { webhook: _, ...data } = jobResource(shown, run);
  return JSON.stringify({ type: 'job.finished', timestamp: data.finishedAt, data });
}

/** In words of ours: what the machine says of its network is not for those who ask for deliveries. */
function reasonOf(error: unknown): string {
  if (error instanceof AddressNotAllowed || error instanceof TargetError) return 'address-not-allowed';
  const { code = '' } = error as NodeJS.ErrnoException;
  if (/^(?:ENOTFOUND|EAI_|ENODATA)/.test(code)) return 'name-not-found';
  if (/^HPE_/.test(code)) return 'no-http';
  if (/CERT|SSL|TLS|SIGNATURE|EPROTO/.test(code)) return 'tls-failed';
  return 'connection-failed';
}
