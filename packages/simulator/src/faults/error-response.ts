import { ApiError } from '../http/errors.ts';
import type { Fault } from './fault-rules.ts';

/** A complete response. */
export interface ErrorResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const proxyPage =
  '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>';

/** The response of a fault that replaces the answer; undefined for other faults. */
export function errorResponse(fault: Fault, stream: boolean): ErrorResponse | undefined {
  if (fault.kind === 'html')
    return { status: 502, headers: { 'content-type': 'text/html' }, body: proxyPage };
  const error = apiError(fault);
  if (!error) return undefined;
  const body = JSON.stringify(error.body);
  const json = { 'content-type': 'application/json', ...error.headers };
  if (fault.kind !== 'error-in-200') return { status: error.status, headers: json, body };
  return stream
    ? { status: 200, headers: { 'content-type': 'text/event-stream' }, body: `data: ${body}\n\n` }
    : { status: 200, headers: json, body };
}

function apiError(fault: Fault): ApiError | undefined {
  switch (fault.kind) {
    case 'rate-limit':
      return new ApiError(429, 'Simulated: rate limit exceeded', {
        headers: {
          'retry-after': String(fault.retryAfterSeconds),
          'x-ratelimit-limit': '20',
          'x-ratelimit-remaining': '0',
          'x-ratelimit-reset': String(Date.now() + fault.retryAfterSeconds * 1000),
        },
      });
    case 'no-credit':
      return new ApiError(402, 'Simulated: insufficient credits', {
        metadata: { limit_source: 'openrouter_credits' },
      });
    case 'busy-budget':
      return new ApiError(402, 'Simulated: the credit is held by requests in flight', {
        metadata: { reason: 'in_flight_budget_exhausted', limit_source: 'openrouter_in_flight_budget' },
        headers: { 'retry-after': String(fault.retryAfterSeconds) },
      });
    case 'bad-key':
      return new ApiError(401, 'Simulated: no such key');
    case 'forbidden':
      return new ApiError(403, 'Simulated: the input was flagged', {
        metadata: {
          error_type: 'content_policy_violation',
          reasons: ['simulated'],
          provider_name: 'Simulated',
        },
      });
    case 'no-endpoint':
      return new ApiError(404, 'Simulated: no endpoints found for this model');
    case 'too-long':
      return new ApiError(400, 'Simulated: the input exceeds the maximum context length', {
        metadata: { error_type: 'context_length_exceeded' },
      });
    case 'bad-request':
      return new ApiError(400, 'Simulated: a parameter is not valid');
    case 'status': {
      const { status, retryAfterSeconds: seconds, retryable } = fault;
      const availability = { code: status, retryable, retry_after: seconds ?? null, fallback_models: [] };
      return new ApiError(status, `Simulated: status ${status}`, {
        ...(seconds === undefined ? {} : { headers: { 'retry-after': String(seconds) } }),
        ...(retryable === undefined ? {} : { availability }),
      });
    }
    case 'error-in-200':
      return new ApiError(fault.status, 'Simulated: the provider failed once it had begun', {
        metadata: { provider_name: 'Simulated' },
      });
    default:
      return undefined;
  }
}
