import {
  type Client,
  CodegenError,
  type FinishedJob,
  type Job,
  type JobEvent,
  type JobRequest,
} from '@codegen/client';

/** How long an interrupted command tries to cancel its job, in ms. */
const CANCEL_TIMEOUT_MS = 2_000;

export interface JobWatcher {
  onStart?(id: string): void;
  onEvent(event: JobEvent): void;
  /** An interrupt cancelled the job, which the service then described. */
  onCancelled?(job: Job): void;
}

/**
 * Submits a job and passes its events on until it finishes. An interrupt cancels the job, because a job outlives its
 * client and costs money. @throws CodegenError, or the reason of the interrupt
 */
export async function runJob(
  client: Client,
  request: JobRequest,
  watcher: JobWatcher,
  interrupt: AbortSignal,
): Promise<FinishedJob> {
  interrupt.throwIfAborted();
  const timeout = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const startTimeout = () => {
    timer = setTimeout(() => timeout.abort(interrupt.reason), CANCEL_TIMEOUT_MS);
  };
  interrupt.addEventListener('abort', startTimeout, { once: true });
  try {
    // An interrupt does not abort the submission at once: cancelling needs the id of the job.
    const { id } = await client.submit(request, { signal: timeout.signal });
    watcher.onStart?.(id);
    try {
      return await waitForJob(client, id, watcher, interrupt);
    } catch (error) {
      if (interrupt.aborted) {
        const cancelled = await client.cancel(id, { signal: timeout.signal }).catch(() => null);
        if (cancelled !== null) watcher.onCancelled?.(cancelled);
      }
      throw error;
    }
  } finally {
    clearTimeout(timer);
    interrupt.removeEventListener('abort', startTimeout);
  }
}

async function waitForJob(
  client: Client,
  id: string,
  { onEvent }: JobWatcher,
  signal: AbortSignal,
): Promise<FinishedJob> {
  for await (const event of client.events(id, { signal })) {
    onEvent(event);
    if (event.type === 'job.finished') return event.job;
  }
  return client.wait(id, { signal });
}

/** What an interrupt cancelled, and what its model calls cost. */
export function cancellationOf({ id, status, cost, stages, simulated }: Job): string {
  if (status !== 'cancelled') return `job ${id} had ended before: ${status}`;
  const calls = stages.reduce((sum, { attempts }) => sum + attempts, 0);
  const price = cost === null ? 'the cost is unknown' : `${simulated ? 'simulated ' : ''}$${cost.toFixed(6)}`;
  return `cancelled job ${id} after ${calls} model call${calls === 1 ? '' : 's'}: ${price}`;
}

/** The message for a failure to reach or use the service. */
export function errorMessage(error: unknown): string {
  if (error instanceof CodegenError && error.status === null)
    return `${error.message}: start it, or correct CODEGEN_URL`;
  if (error instanceof CodegenError && error.status === 401)
    return `${error.problem?.title ?? 'The service refuses the key'}. Set CODEGEN_API_KEY to your key.`;
  return error instanceof Error ? error.message : String(error);
}
