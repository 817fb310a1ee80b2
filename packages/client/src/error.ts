import type { Problem } from '@codegen/contract';

interface Details {
  readonly problem?: Problem | null;
  readonly status?: number | null;
  readonly retryAfterSeconds?: number | null;
  readonly cause?: unknown;
}

/** The service refused the request, failed or could not be reached. */
export class CodegenError extends Error {
  override readonly name = 'CodegenError';
  /** Problem details from the service; null if it did not answer, or an intermediary answered. */
  readonly problem: Problem | null;
  /** HTTP status; null if there was no response. */
  readonly status: number | null;
  /** Seconds until the same request may succeed; null if the response does not state it. */
  readonly retryAfterSeconds: number | null;

  constructor(message: string, { problem, status, retryAfterSeconds, cause }: Details = {}) {
    super(message, { cause });
    this.problem = problem ?? null;
    this.status = status ?? null;
    this.retryAfterSeconds = retryAfterSeconds ?? null;
  }
}

/** A successful response has an unexpected body. */
export const unexpectedBody = (expected: string, status: number) =>
  new CodegenError(`the service answered with something that is not ${expected}`, { status });

/** Reads a response whose status is not a success. */
export async function readError(response: Response): Promise<CodegenError> {
  const { status, headers } = response;
  const text = await response.text();
  const problem = /\bjson\b/.test(headers.get('Content-Type') ?? '') ? readProblem(text) : null;
  const retryAfterSeconds = readRetryAfter(headers.get('Retry-After'));
  const message = problem === null ? `the service answered ${status}` : sentencesOf(problem);
  return new CodegenError(message, { problem, status, retryAfterSeconds });
}

/** What happened, and what to do about it. */
const sentencesOf = ({ title, detail }: Problem) =>
  typeof title === 'string' ? `${title}. ${detail}` : detail;

/** Seconds until the time in a `Retry-After` header (RFC 9110, 10.2.3); null if there is none. */
export function readRetryAfter(value: string | null): number | null {
  if (value === null || value.trim() === '') return null;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1_000;
  return Number.isNaN(seconds) ? null : Math.max(0, seconds);
}

function readProblem(text: string): Problem | null {
  try {
    const value = JSON.parse(text);
    return typeof value?.type === 'string' && typeof value.detail === 'string' ? value : null;
  } catch {
    return null;
  }
}
