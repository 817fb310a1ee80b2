import { type Client, CodegenError, type FinishedJob, type JobEvent } from '@codegen/client';

/** Milliseconds an interrupted command may still take to cancel its job. */
const CANCEL_MS = 2_000;

/**
 * Starts a job and follows it to its end, telling of all that happens. An interrupt cancels the job: one that nobody
 * waits for would go on being billed. @throws CodegenError, or the reason of the interrupt
 */
export async function runJob(
  client: Client,
  query: string,
  tell: (event: JobEvent) => void,
  interrupt: AbortSignal,
): Promise<FinishedJob> {
  interrupt.throwIfAborted();
  const leave = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const beginToLeave = () => {
    timer = setTimeout(() => leave.abort(interrupt.reason), CANCEL_MS);
  };
  interrupt.addEventListener('abort', beginToLeave, { once: true });
  try {
    // Not given up at once: only who knows the job's id can cancel it.
    const { id } = await client.submit({ query }, { signal: leave.signal });
    try {
      return await follow(client, id, tell, interrupt);
    } catch (error) {
      if (interrupt.aborted) await client.cancel(id, { signal: leave.signal }).catch(() => {});
      throw error;
    }
  } finally {
    clearTimeout(timer);
    interrupt.removeEventListener('abort', beginToLeave);
  }
}

async function follow(
  client: Client,
  id: string,
  tell: (event: JobEvent) => void,
  signal: AbortSignal,
): Promise<FinishedJob> {
  for await (const event of client.events(id, { signal })) {
    tell(event);
    if (event.type === 'job.finished') return event.job;
  }
  return client.wait(id, { signal });
}

/** The words for a failure to reach or use the service. */
export function wordsFor(error: unknown): string {
  if (error instanceof CodegenError && error.status === 401)
    return `${error.message} It goes into CODEGEN_API_KEY.`;
  return error instanceof Error ? error.message : String(error);
}
