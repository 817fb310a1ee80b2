export type HeaderReader = Pick<Headers, 'get'>;

/**
 * How long a server asked to be left alone, in milliseconds, from the first place that says so: `Retry-After`
 * (seconds or an HTTP date) or its like in OpenRouter's error body.
 */
export function retryAfterMs(error: unknown, headers: HeaderReader | undefined, now: number): number | null {
  const { availability, metadata } = (error ?? {}) as ErrorBody;
  const inHeaders = [headers?.get('retry-after'), metadata?.headers?.['Retry-After']];
  const inBody = [availability?.retry_after, metadata?.retry_after_seconds];
  return first([...inHeaders, ...inBody], (value) => delay(value, now));
}

/** Milliseconds until a spent limit is renewed, from `X-RateLimit-Reset`, which is a time. */
export function resetMs(error: unknown, headers: HeaderReader | undefined, now: number): number | null {
  const inBody = ((error ?? {}) as ErrorBody).metadata?.headers?.['X-RateLimit-Reset'];
  return first([headers?.get('x-ratelimit-reset'), inBody], (value) => delayUntil(value, now));
}

/** Every field may be missing or of another type: this comes from outside. */
interface ErrorBody {
  readonly availability?: { readonly retry_after?: unknown } | null;
  readonly metadata?: {
    readonly retry_after_seconds?: unknown;
    readonly headers?: Readonly<Record<string, unknown>> | null;
  } | null;
}

function first(values: readonly unknown[], read: (value: string) => number | null): number | null {
  for (const value of values) {
    const wait = typeof value === 'string' || typeof value === 'number' ? read(String(value).trim()) : null;
    if (wait !== null) return wait;
  }
  return null;
}

const NUMBER = /^\d{1,15}(\.\d+)?$/;

function delay(value: string, now: number): number | null {
  if (NUMBER.test(value)) return Math.round(Number(value) * 1_000);
  // Date.parse takes much for a date ("-1" is the year 2001); an HTTP date begins with its weekday.
  const at = /^[A-Z][a-z]{2},? /.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

/** OpenRouter counts in milliseconds since 1970, others in seconds; smaller numbers are no time at all. */
function delayUntil(value: string, now: number): number | null {
  const number = NUMBER.test(value) ? Number(value) : 0;
  if (number < 1e9) return null;
  return Math.max(0, (number < 1e12 ? number * 1_000 : number) - now);
}
