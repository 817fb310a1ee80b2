import { type Client, CodegenError, type FinishedJob, type JobEvent } from '@codegen/client';

/** How long an interrupted command tries to cancel its job, in ms. */
const CANCEL_TIMEOUT_MS = 2_000;

/**
 * Submits a job and passes its events to `onEvent` until it finishes. An interrupt cancels the job, because a job
 * outlives its client and costs money. @throws CodegenError, or the reason of the interrupt
 */
export async function runJob(
  client: Client,
  query: string,
  onEvent: (event: JobEvent) => void,
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
    const { id } = await client.submit({ query }, { signal: timeout.signal });
    try {
      return await waitForJob(client, id, onEvent, interrupt);
    } catch (error) {
      if (interrupt.aborted) await client.cancel(id, { signal: timeout.signal }).catch(() => {});
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
  onEvent: (event: JobEvent) => void,
  signal: AbortSignal,
): Promise<FinishedJob> {
  for await (const event of client.events(id, { signal })) {
    onEvent(event);
    if (event.type === 'job.finished') return event.job;
  }
  return client.wait(id, { signal });
}

/** The message for a failure to reach or use the service. */
export function errorMessage(error: unknown): string {
  if (error instanceof CodegenError && error.status === 401)
    return `${error.message} Set it as CODEGEN_API_KEY.`;
  return error instanceof Error ? error.message : String(error);
}
