import { startService } from '@codegen/testing/api/service';
import {
  answers,
  busy,
  closes,
  hangs,
  page,
  problem,
  type Step,
  startScripted,
} from '@codegen/testing/network/scripted-server';
import { describe, expect, it } from 'vitest';
import { CodegenError, createClient } from '../src/index.ts';

/** Nothing listens on this port. */
const NOWHERE = 'http://127.0.0.1:1';

const failure = async (act: Promise<unknown>): Promise<CodegenError> => {
  const error = await act.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CodegenError);
  return error as CodegenError;
};

describe('a permanent error', () => {
  it('rejects with the problem of the service, without retry', async () => {
    await using service = await startService({ worker: false });
    const client = createClient({ baseUrl: service.url });
    const id = '00000000-0000-4000-8000-000000000000';
    const acts = [client.job(id), client.wait(id), client.cancel(id), client.remove(id)];
    for (const error of await Promise.all(acts.map(failure))) {
      expect(error).toMatchObject({ status: 404, problem: { type: '/problems/unknown-job' } });
    }
    const events = client.events(id);
    expect((await failure(events.next())).problem?.type).toBe('/problems/unknown-job');
    expect(await events.next()).toEqual({ done: true, value: undefined });
    const blank = await failure(client.submit({ query: ' ' }));
    expect(blank).toMatchObject({ status: 422, problem: { type: '/problems/blank-query' } });
    expect(blank.message).toBe(`${blank.problem?.title}. ${blank.problem?.detail}`);
    expect((await failure(client.generate(' '))).problem?.type).toBe('/problems/blank-query');
    // @ts-expect-error an unknown status
    expect((await failure(client.list({ status: 'odd' }).next())).problem?.type).toBe(
      '/problems/invalid-filter',
    );
    expect((await failure(client.job('../x?y'))).problem?.type).toBe('/problems/malformed-job-id');
  });

  it.each([
    ['a 502 with a problem', problem(502, 'models-failed')],
    ['a 500', problem(500, 'internal-error')],
    ['a page in place of JSON', page(200)],
    ['JSON of another shape', answers(200, { status: 'odd' })],
  ])('does not retry %s', async (_, step) => {
    await using server = await startScripted(step);
    const client = createClient({ baseUrl: server.url });
    await Promise.all([client.job('x'), client.wait('x'), client.list().next()].map(failure));
    expect(server.requests.length).toBe(3);
  });

  it('rejects if the response is not an event stream', async () => {
    await using server = await startScripted(page(200));
    const error = await failure(createClient({ baseUrl: server.url }).events('x').next());
    expect(error.message).toMatch(/text\/html/);
    expect(server.requests.length).toBe(1);
  });

  it('throws a TypeError for a key that cannot be sent in a header', async () => {
    expect(() => createClient({ baseUrl: NOWHERE, apiKey: 'a\nb' })).toThrow(/^apiKey holds/);
    const submitted = createClient({ baseUrl: NOWHERE }).submit({ query: 'x' }, { idempotencyKey: 'a\nb' });
    await expect(submitted).rejects.toThrow(TypeError);
  });
});

describe('a transient error', () => {
  it('rejects without a status and names the service if nothing listens', async () => {
    const error = await failure(createClient({ baseUrl: `${NOWHERE}/` }).submit({ query: 'x' }));
    expect(error).toMatchObject({ status: null, problem: null, retryAfterSeconds: null });
    expect(error.message).toBe(`the service at ${NOWHERE} does not answer`);
    expect(error.cause).toBeInstanceOf(Error);
  });

  it.each<[string, Step]>([
    ['closes the connection', closes],
    ['is busy', busy],
    ['is behind a gateway that answers 502', page(502)],
    ['answers 429', problem(429, 'too-many')],
  ])('sends the request four times if the service %s', async (_, step) => {
    await using server = await startScripted(step);
    await failure(createClient({ baseUrl: server.url }).job('x'));
    expect(server.requests.length).toBe(4);
  });

  it('wait and events retry for retryTimeoutMs', async () => {
    await using server = await startScripted(busy);
    const client = createClient({ baseUrl: server.url, retryTimeoutMs: 500 });
    for (const error of await Promise.all([client.wait('x'), client.events('x').next()].map(failure))) {
      expect(error).toMatchObject({ status: 503, retryAfterSeconds: 0 });
    }
    expect(server.requests.length).toBeGreaterThan(2);
  });

  it('does not retry if Retry-After exceeds the retry timeout, and reports it', async () => {
    for (const [value, expected] of [
      ['3600', 3_600],
      [new Date(Date.now() + 3_600_000).toUTCString(), expect.closeTo(3_600, -1)],
      ['soon', null],
    ] as const) {
      await using server = await startScripted(problem(503, 'no-worker', { 'Retry-After': value }));
      const error = await failure(createClient({ baseUrl: server.url }).job('x'));
      expect(error.retryAfterSeconds).toEqual(expected);
      expect(server.requests.length).toBe(expected === null ? 4 : 1);
    }
  });
});

describe('an abort', () => {
  const why = new Error('enough');
  it.each<[string, Step]>([
    ['hangs', hangs],
    ['asks to retry later', problem(503, 'queue-unavailable', { 'Retry-After': '20' })],
    [
      'is sending its answer',
      (response) => {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write(':');
      },
    ],
  ])('rejects every call at once while the service %s', async (_, step) => {
    await using server = await startScripted(step);
    const client = createClient({ baseUrl: server.url });
    const controller = new AbortController();
    const { signal } = controller;
    const acts = [
      client.generate('x', { signal }),
      client.submit({ query: 'x' }, { signal }),
      client.job('x', { signal }),
      client.wait('x', { signal }),
      client.list({}, { signal }).next(),
      client.cancel('x', { signal }),
      client.remove('x', { signal }),
      client.events('x', { signal }).next(),
      client.run({ query: 'x' }, { signal }),
    ].map((act) => act.catch((reason: unknown) => reason));
    await expect.poll(() => server.requests.length).toBe(acts.length);
    controller.abort(why);
    expect(await Promise.all(acts)).toEqual(acts.map(() => why));
  });

  it('before the call sends no request', async () => {
    await using server = await startScripted(busy);
    const client = createClient({ baseUrl: server.url });
    const signal = AbortSignal.abort(why);
    await expect(client.submit({ query: 'x' }, { signal })).rejects.toBe(why);
    await expect(client.events('x', { signal }).next()).rejects.toBe(why);
    expect(server.requests).toEqual([]);
  });
});
