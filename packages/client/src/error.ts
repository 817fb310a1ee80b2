/** What went wrong, in the service's own words (RFC 9457). */
export interface Problem {
  /** Stable, for programs: `/problems/…`. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** What happened this time and what to do about it. */
  readonly detail: string;
  readonly [extension: string]: unknown;
}

interface About {
  readonly problem?: Problem | null;
  readonly status?: number | null;
  readonly retryAfterSeconds?: number | null;
  readonly cause?: unknown;
}

/** The service refused, failed or could not be reached. */
export class CodegenError extends Error {
  override readonly name = 'CodegenError';
  /** Null if the service itself said nothing: it did not answer, or something in between did. */
  readonly problem: Problem | null;
  /** The HTTP status; null if no answer came. */
  readonly status: number | null;
  /** When the same request may succeed, if the service said so. */
  readonly retryAfterSeconds: number | null;

  constructor(message: string, about: About = {}) {
    super(message, { cause: about.cause });
    this.problem = about.problem ?? null;
    this.status = about.status ?? null;
    this.retryAfterSeconds = about.retryAfterSeconds ?? null;
  }
}

/** Reads an answer that is no success. */
export async function errorOf(response: Response): Promise<CodegenError> {
  const { status, headers } = response;
  const text = await response.text();
  const problem = /\bjson\b/.test(headers.get('Content-Type') ?? '') ? readProblem(text) : null;
  const retryAfterSeconds = readRetryAfter(headers.get('Retry-After'));
  const message = problem?.detail ?? `the service answered ${status}`;
  return new CodegenError(message, { problem, status, retryAfterSeconds });
}

/** Seconds, or a date (RFC 9110, 10.2.3). Null for anything else. */
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
