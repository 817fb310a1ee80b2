import { once } from 'node:events';
import { connect } from 'node:net';
import { Writable } from 'node:stream';
import { connectBlocking, keysOf } from '@codegen/queue/testing';
import { startBlocked } from '@codegen/testing/api/blocked-service';
import { allFrames, type Frame, framesOf } from '@codegen/testing/api/event-frames';
import { expectProblem, type Service, startService, until } from '@codegen/testing/api/service';
import { fails, hangs, reply } from '@codegen/testing/models/replies';
import { COMPLEX } from '@codegen/testing/runs/case';
import { pino } from 'pino';
import { describe, expect, inject, it, test } from 'vitest';
import { CLIENT_TIMEOUTS } from '../../src/http/server.ts';

const simple = { classify: reply('simple') };
const failed = fails({ intent: 'nextModel', code: 'refused', message: 'no' });
const numbers = (frames: readonly Frame[]) => frames.map(({ id }) => id);
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

describe('GET /jobs/:id/events', () => {
  it.each(['x', '-1', '1.5', '1'.repeat(16), ''])('rejects the cursor %j', async (cursor) => {
    await using service = await startService({ worker: false });
    const path = await service.begin();
    expectProblem(await service.get(`${path}/events?after=${cursor}`), 'malformed-cursor', 400);
    if (cursor !== '') {
      expectProblem(
        await service.get(`${path}/events`, { 'Last-Event-ID': cursor }),
        'malformed-cursor',
        400,
      );
    }
  });

  it('returns 404 for an unknown job', async () => {
    await using service = await startService({ worker: false });
    const path = '/jobs/00000000-0000-4000-8000-000000000000/events';
    expectProblem(await service.get(path), 'unknown-job', 404);
    expectProblem(await service.get('/jobs/nonsense/events'), 'malformed-job-id', 400);
  });

  it('sends the start and end of every stage in sequence, then the whole job', async () => {
    await using service = await startService();
    const path = await service.begin();
    const frames = await allFrames(`${service.url}${path}/events`);
    expect(numbers(frames)).toEqual(upTo(frames.length));
    const stagesWith = (type: string) =>
      frames.filter((frame) => frame.type === type).map(({ data }) => data.stage);
    expect(stagesWith('stage.started').sort()).toEqual([...COMPLEX].sort());
    expect(stagesWith('stage.completed').sort()).toEqual([...COMPLEX].sort());
    expect(frames.find(({ type }) => type === 'job.routed')?.data.route).toBe('complex');
    const { json } = await service.get(path);
    expect(frames.at(-1)).toMatchObject({ type: 'job.finished', data: { status: 'completed', job: json } });
    expect(frames.at(-1)?.data.costSoFar).toBeCloseTo(json.cost, 10);
    const costs = frames.map(({ data }) => data.costSoFar ?? 0);
    expect(costs).toEqual(costs.toSorted((a, b) => a - b));
  });

  it('sends degraded stages with their consequence', async () => {
    await using service = await startService({ replies: { 'enhance.direct': failed } });
    const frames = await allFrames(`${service.url}${await service.begin()}/events`);
    expect(frames.find(({ type }) => type === 'stage.degraded')?.data).toMatchObject({
      stage: 'enhance.direct',
      code: 'refused',
      consequence: 'the draft was used unimproved',
    });
  });

  it('resumes after the last event on any API process, without gap or repeat', async () => {
    await using first = await startService({ replies: { ...simple, answer: hangs } });
    const path = await first.begin();
    const seen: Frame[] = [];
    for await (const frame of framesOf(`${first.url}${path}/events`)) {
      seen.push(frame);
      if (frame.data.stage === 'answer') break;
    }
    await first.runs.cancel(path.slice('/jobs/'.length));
    await using second = await startService({
      worker: false,
      settings: { QUEUE_NAMESPACE: first.namespace },
    });
    const rest = await allFrames(`${second.url}${path}/events`, { 'Last-Event-ID': `${seen.at(-1)?.id}` });
    expect(numbers([...seen, ...rest])).toEqual(upTo(seen.length + rest.length));
    expect(rest.at(-1)).toMatchObject({ type: 'job.finished', data: { status: 'cancelled' } });
    // The header overrides the parameter, which a browser repeats when it reconnects.
    const again = await allFrames(`${second.url}${path}/events?after=0`, { 'Last-Event-ID': '2' });
    expect(numbers(again)[0]).toBe(3);
    expect(numbers(await allFrames(`${second.url}${path}/events?after=1`))[0]).toBe(2);
  });

  it('returns 204 after the last event, and a snapshot for a cursor beyond it', async () => {
    await using service = await startService({ replies: simple });
    const path = await service.begin();
    const frames = await allFrames(`${service.url}${path}/events`);
    expect((await service.get(`${path}/events?after=${frames.length}`)).status).toBe(204);
    const [snapshot, ...more] = await allFrames(`${service.url}${path}/events?after=${frames.length + 7}`);
    expect(snapshot).toMatchObject({
      id: frames.length,
      type: 'snapshot',
      data: { job: { status: 'completed', cost: frames.at(-1)?.data.costSoFar } },
    });
    expect(snapshot?.data.costSoFar).toBe(frames.at(-1)?.data.costSoFar);
    expect(more).toEqual([]);
  });

  it('ends the stream when the API shuts down', async () => {
    await using service = await startService({ replies: { classify: hangs } });
    const path = await service.begin();
    const frames = framesOf(`${service.url}${path}/events`);
    expect((await frames.next()).value).toMatchObject({ id: 1, type: 'stage.started' });
    const rest = frames.next();
    await service.close();
    expect(await rest).toEqual({ done: true, value: undefined });
  });

  it('sends the same events to concurrent clients', async () => {
    await using service = await startService();
    const path = await service.begin();
    const readers = inject('redisKind') === 'embedded' ? 5 : 50;
    const all = await Promise.all(
      Array.from({ length: readers }, () => allFrames(`${service.url}${path}/events`)),
    );
    for (const frames of all) expect(frames).toEqual(all[0]);
  });
});

describe('snapshots', () => {
  /** Drops the events of a job up to `upTo`, like Redis when there are too many. */
  async function forgetEvents({ namespace }: Service, id: string, upTo: number) {
    const redis = connectBlocking(inject('redisUrl'));
    await redis.xtrim(keysOf(namespace).eventStream(id), 'MINID', `${upTo + 1}-0`);
    redis.disconnect();
  }

  const numbers = (frames: readonly Frame[]) => frames.map(({ id }) => id);
  const from = (first: number, last: number) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index);

  test('replaces dropped events by a snapshot, then sends the rest', async () => {
    const { service, release } = await startBlocked(['polish']);
    await using _service = service;
    const path = await service.begin();
    await service.models.whenCalled('polish');
    const { lastEvent } = (await service.runs.load(path.slice('/jobs/'.length))) ?? { lastEvent: 0 };
    const dropped = lastEvent - 3;
    await forgetEvents(service, path.slice('/jobs/'.length), dropped);

    const seen: Frame[] = [];
    for await (const frame of framesOf(`${service.url}${path}/events?after=2`)) {
      if (seen.length === 0) release();
      seen.push(frame);
    }
    const [snapshot, ...tail] = seen;
    expect(snapshot).toMatchObject({ id: dropped, type: 'snapshot', data: { job: { status: 'running' } } });
    expect(numbers(tail)).toEqual(from(dropped + 1, seen.at(-1)?.id ?? 0));
    expect(tail.at(-1)).toMatchObject({ type: 'job.finished', data: { job: { status: 'completed' } } });

    // A client that has the last dropped event gets no snapshot.
    const whole = await allFrames(`${service.url}${path}/events`, { 'Last-Event-ID': String(dropped) });
    expect(whole).toEqual(tail);
  });
});

describe('slow readers', () => {
  /** Together more than the socket buffers of both ends hold. */
  const EVENTS = 100;
  const TEXT = 'x'.repeat(600_000);

  /** Adds more events than a job ever has. */
  async function tellMuch(namespace: string, id: string) {
    const redis = connectBlocking(inject('redisUrl'));
    const keys = keysOf(namespace);
    const event = JSON.stringify({ type: 'stage.delta', stage: 'answer', text: TEXT });
    for (let sequence = 1; sequence <= EVENTS; sequence++)
      await redis.xadd(keys.eventStream(id), `${sequence}-0`, 'event', event, 'cost', '');
    await redis.hset(keys.run(id), 'events', EVENTS);
    redis.disconnect();
  }

  test('disconnects a client that never reads', async () => {
    const lines: string[] = [];
    const stream = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    });
    await using service = await startService({
      worker: false,
      settings: { SYNC_WAIT_SECONDS: 0 },
      timeouts: { ...CLIENT_TIMEOUTS, idleMs: 2_000 },
      log: pino({ level: 'info' }, stream),
    });
    const job = await service.begin();
    await tellMuch(service.namespace, job.slice('/jobs/'.length));
    const { hostname, port } = new URL(service.url);
    const client = connect({ host: hostname, port: Number(port) }).pause();
    client.on('error', () => {});
    await once(client, 'connect');
    client.write(`GET ${job}/events HTTP/1.1\r\nHost: x\r\n\r\n`);
    const path = `"path":"${job}/events"`;
    await until(async () => lines.some((line) => line.includes(path) && line.includes('aborted')));
    client.destroy();
    await until(async () => (await service.get(job)).status === 200);
    expect(lines.join('')).not.toContain('event stream broken');
  });
});
