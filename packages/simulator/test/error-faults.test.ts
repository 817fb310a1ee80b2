import { describe, expect, it } from 'vitest';
import { type Fault, startSimulator } from '../src/index.ts';
import { complete, readStream } from './client.ts';

interface ErrorBody {
  error: { code: number; message: string; metadata: Record<string, unknown>; availability?: object };
  choices?: unknown;
}

type Given = Parameters<Awaited<ReturnType<typeof startSimulator>>['faults']['add']>[0]['fault'];

const cases: [Given, number, Record<string, unknown>][] = [
  [{ kind: 'rate-limit' }, 429, { error_type: 'rate_limit_exceeded' }],
  [{ kind: 'no-credit' }, 402, { error_type: 'payment_required', limit_source: 'openrouter_credits' }],
  [{ kind: 'busy-budget' }, 402, { limit_source: 'openrouter_in_flight_budget' }],
  [{ kind: 'bad-key' }, 401, { error_type: 'authentication' }],
  [{ kind: 'forbidden' }, 403, { error_type: 'content_policy_violation' }],
  [{ kind: 'no-endpoint' }, 404, { error_type: 'not_found' }],
  [{ kind: 'too-long' }, 400, { error_type: 'context_length_exceeded' }],
  [{ kind: 'bad-request' }, 400, { error_type: 'invalid_request' }],
  [{ kind: 'status', status: 408 }, 408, { error_type: 'timeout' }],
  [{ kind: 'status', status: 500 }, 500, { error_type: 'server' }],
  [{ kind: 'status', status: 502 }, 502, { error_type: 'provider_unavailable' }],
  [{ kind: 'status', status: 503 }, 503, { error_type: 'provider_overloaded' }],
  [{ kind: 'status', status: 504 }, 504, { error_type: 'timeout' }],
  [{ kind: 'status', status: 524 }, 524, { error_type: 'timeout' }],
  [{ kind: 'status', status: 529 }, 529, { error_type: 'provider_overloaded' }],
];

describe.each([{ stream: false }, { stream: true }])(
  'instead of an answer, stream: $stream',
  ({ stream }) => {
    it.each(cases)('%j returns %i', async (fault, status, metadata) => {
      await using simulator = await startSimulator();
      simulator.faults.add({ fault });
      const response = await complete(simulator, { stream });
      expect(response.status).toBe(status);
      expect(response.headers.get('x-simulated')).toBe('true');
      expect(response.headers.get('x-generation-id')).toBe(simulator.calls()[0]?.id);
      const { error } = (await response.json()) as ErrorBody;
      expect(error.code).toBe(status);
      expect(error.message).toMatch(/^Simulated: /);
      expect(error.metadata).toMatchObject(metadata);
      expect(simulator.calls()).toMatchObject([
        { status: 'fault', fault: fault.kind satisfies Fault['kind'] },
      ]);
    });

    it('html returns the page of a proxy', async () => {
      await using simulator = await startSimulator();
      simulator.faults.add({ fault: { kind: 'html' } });
      const response = await complete(simulator, { stream });
      expect(response.status).toBe(502);
      expect(response.headers.get('content-type')).toBe('text/html');
      expect(await response.text()).toContain('<h1>502 Bad Gateway</h1>');
    });
  },
);

describe('retry hints', () => {
  it.each<[Given, string | null]>([
    [{ kind: 'rate-limit', retryAfterSeconds: 7 }, '7'],
    [{ kind: 'rate-limit' }, '1'],
    [{ kind: 'busy-budget', retryAfterSeconds: 3 }, '3'],
    [{ kind: 'status', status: 503, retryAfterSeconds: 2 }, '2'],
    [{ kind: 'status', status: 429 }, null],
    [{ kind: 'no-credit' }, null],
  ])('%j sets Retry-After: %s', async (fault, expected) => {
    await using simulator = await startSimulator();
    simulator.faults.add({ fault });
    const response = await complete(simulator);
    expect(response.headers.get('retry-after')).toBe(expected);
  });

  it('status with retryable sets error.availability', async () => {
    await using simulator = await startSimulator();
    simulator.faults.add({ fault: { kind: 'status', status: 503, retryable: false } });
    const { error } = (await (await complete(simulator)).json()) as ErrorBody;
    expect(error.availability).toMatchObject({ code: 503, retryable: false });
  });
});

describe('error-in-200', () => {
  it('sends a body with an error and no choices', async () => {
    await using simulator = await startSimulator();
    simulator.faults.add({ fault: { kind: 'error-in-200', status: 429 } });
    const response = await complete(simulator);
    expect(response.status).toBe(200);
    const body = (await response.json()) as ErrorBody;
    expect(body.error.code).toBe(429);
    expect(body.choices).toBeUndefined();
  });

  it('sends the error as the only event of a stream', async () => {
    await using simulator = await startSimulator();
    simulator.faults.add({ fault: { kind: 'error-in-200' } });
    const response = await complete(simulator, { stream: true });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const { chunks, done } = readStream(await response.text());
    expect(chunks).toMatchObject([{ error: { code: 502 } }]);
    expect(done).toBe(false);
  });
});
