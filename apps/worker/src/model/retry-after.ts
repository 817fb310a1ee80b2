export type HeaderReader = Pick<Headers, 'get'>;

/**
 * The delay in ms that a server asks for before a retry: from `Retry-After` (seconds or an HTTP date), else from its
 * equivalents in OpenRouter's error body. Null if there is none.
 */
export function retryAfterMs(error: unknown, headers: HeaderReader | undefined, now: number): number | null {
  const { availability, metadata } = (error ?? {}) as ErrorBody;
  const fromHeaders = [headers?.get('retry-after'), metadata?.headers?.['Retry-After']];
  const fromBody = [availability?.retry_after, metadata?.retry_after_seconds];
  return firstDelay([...fromHeaders, ...fromBody], (value) => parseRetryAfter(value, now));
}

/** Milliseconds until a rate limit resets, from `X-RateLimit-Reset`; null if there is none. */
export function resetMs(error: unknown, headers: HeaderReader | undefined, now: number): number | null {
  const fromBody = ((error ?? {}) as ErrorBody).metadata?.headers?.['X-RateLimit-Reset'];
  return firstDelay([headers?.get('x-ratelimit-reset'), fromBody], (value) => parseReset(value, now));
}

/** Any field may be missing or of another type. */
interface ErrorBody {
  readonly availability?: { readonly retry_after?: unknown } | null;
  readonly metadata?: {
    readonly retry_after_seconds?: unknown;
    readonly headers?: Readonly<Record<string, unknown>> | null;
  } | null;
}

function firstDelay(values: readonly unknown[], parse: (value: string) => number | null): number | null {
  for (const value of values) {
    const delay = typeof value === 'string' || typeof value === 'number' ? parse(String(value).trim()) : null;
    if (delay !== null) return delay;
  }
  return null;
}

const NUMBER = /^\d{1,15}(\.\d+)?$/;

function parseRetryAfter(value: string, now: number): number | null {
  if (NUMBER.test(value)) return Math.round(Number(value) * 1_000);
  // Date.parse accepts too much ("-1" is the year 2001); an HTTP date begins with its weekday.
  const time = /^[A-Z][a-z]{2},? /.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? null : Math.max(0, time - now);
}

/** OpenRouter sends ms since the epoch, others send seconds; a smaller number is not a time. */
function parseReset(value: string, now: number): number | null {
  const number = NUMBER.test(value) ? Number(value) : 0;
  if (number < 1e9) return null;
  return Math.max(0, (number < 1e12 ? number * 1_000 : number) - now);
}
