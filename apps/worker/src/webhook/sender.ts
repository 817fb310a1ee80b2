import { type JobView, toJob } from '@codegen/contract/to-job';
import type { Deliver, StoredRun } from '@codegen/queue';
import { type CallerSecret, readTarget, TargetError } from '@codegen/webhook';
import { Webhook } from 'standardwebhooks';
import { AddressNotAllowed, postWebhook, type Resolve, resolveName } from './post.ts';

export interface WebhookSenderOptions extends JobView {
  /** Signing keys; every one signs each message of a caller without keys of its own. */
  readonly keys: readonly Buffer[];
  /** Keys of single callers; all of a caller sign each of its messages. */
  readonly callerKeys?: readonly CallerSecret[];
  readonly allowPrivate: boolean;
  /** Timeout of an attempt in ms, from name resolution to the response; 15 s by default. */
  readonly timeoutMs?: number;
  readonly resolve?: Resolve;
}

const TIMEOUT_MS = 15_000;

/** Creates a function that sends a finished run as a Standard Webhooks message (standardwebhooks.com). */
export function createWebhookSender(options: WebhookSenderOptions): Deliver {
  const { keys, allowPrivate, timeoutMs = TIMEOUT_MS, resolve = resolveName } = options;
  const signerOf = (key: Buffer) => new Webhook(key, { format: 'raw' });
  const signers = keys.map(signerOf);
  const byCaller = Map.groupBy(options.callerKeys ?? [], ({ caller }) => caller);
  const signersOf = (caller: string) => byCaller.get(caller)?.map(({ key }) => signerOf(key)) ?? signers;
  return async ({ messageId, url, run }, signal) => {
    const own = signersOf(run.caller);
    // The receiver could not check a message without a signature.
    if (own.length === 0) return { status: null, error: 'no-secret' };
    const timeout = AbortSignal.timeout(timeoutMs);
    const body = messageOf(options, run);
    const headers = {
      'Content-Type': 'application/json; charset=utf-8',
      'User-Agent': 'code-generation-agent',
      ...signatureHeaders(own, messageId, body),
    };
    try {
      // Checked again: WEBHOOK_ALLOW_PRIVATE may have changed since the job was accepted.
      const target = readTarget(url, allowPrivate);
      const post = { headers, body, allowPrivate, resolve };
      const status = await postWebhook(target, post, AbortSignal.any([signal, timeout]));
      return { status, error: null };
    } catch (error) {
      signal.throwIfAborted();
      return { status: null, error: timeout.aborted ? 'timed-out' : errorCodeOf(error) };
    }
  };
}

/** The job as `GET /jobs/:id` returns it, without `webhook`: its attempts are still going on. */
function messageOf(view: JobView, run: StoredRun): string {
  const { webhook: _, ...data } = toJob(view, run);
  return JSON.stringify({ type: 'job.finished', timestamp: data.finishedAt, data });
}

/** The message id stays the same in every attempt, so that receivers can drop duplicates. */
function signatureHeaders(signers: readonly Webhook[], messageId: string, body: string) {
  const now = new Date();
  return {
    'webhook-id': messageId,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    'webhook-signature': signers.map((signer) => signer.sign(messageId, now, body)).join(' '),
  };
}

/** A fixed code instead of the system's message, which would reveal the network of the service to callers. */
function errorCodeOf(error: unknown): string {
  if (error instanceof AddressNotAllowed || error instanceof TargetError) return 'address-not-allowed';
  const { code = '' } = error as NodeJS.ErrnoException;
  if (/^(?:ENOTFOUND|EAI_|ENODATA)/.test(code)) return 'name-not-found';
  if (/^HPE_/.test(code)) return 'no-http';
  if (/CERT|SSL|TLS|SIGNATURE|EPROTO/.test(code)) return 'tls-failed';
  return 'connection-failed';
}
