import { all } from '@codegen/testing/api/collect';
import { startService } from '@codegen/testing/api/service';
import { fails, hangs as isSilent, reply } from '@codegen/testing/models/replies';
import { startCuttableProxy } from '@codegen/testing/network/cuttable-proxy';
import {
  answers,
  busy,
  closes,
  event,
  page,
  type Step,
  startScripted,
  streams,
} from '@codegen/testing/network/scripted-server';
import { COMPLEX } from '@codegen/testing/runs/case';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClient, type JobEvent } from '../src/index.ts';
import { startCuttingProxy } from './cutting-proxy.ts';

const simple = { classify: reply('simple') };
const sequences = (events: readonly JobEvent[]) => events.map(({ sequence }) => sequence);
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);
const finished = (id: number) =>
  event(id, 'job.finished', { status: 'completed', job: { status: 'completed' } });

/** The HTTP address of a proxy whose own address is for Redis. */
const httpOf = (proxy: { url: string }) => proxy.url.replace(/^redis:/, 'http:');

describe('a broken stream', () => {
  it('resumes without gap or repeat after a cut at any byte', async () => {
    await using service = await startService();
    const direct = createClient({ baseUrl: service.url });
    const { id } = await direct.submit({ query: 'Größe 💡', metadata: { note: '💡é'.repeat(60) } });
    await direct.wait(id);
    const whole = await all(direct.events(id));
    expect(sequences(whole)).toEqual(upTo(whole.length));
    let connections = 0;
    const cuts = fc.array(fc.nat({ max: 12_000 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(cuts, async (limits) => {
        await using proxy = await startCuttingProxy(service.url, limits);
        expect(await all(createClient({ baseUrl: proxy.url }).events(id))).toEqual(whole);
        connections += proxy.connections();
      }),
      { numRuns: 15 },
    );
    expect(connections).toBeGreaterThan(15);
  });

  it('resumes while the job runs, when the service can be reached again', async () => {
    await using service = await startService({ replies: { ...simple, answer: isSilent } });
    await using proxy = await startCuttableProxy(service.url.replace(/^http:/, 'redis:'));
    const { id } = await createClient({ baseUrl: service.url }).submit({ query: 'hello' });
    const events: JobEvent[] = [];
    for await (const one of createClient({ baseUrl: httpOf(proxy) }).events(id)) {
      events.push(one);
      if (one.type !== 'stage.started' || one.stage !== 'answer') continue;
      await proxy.cut();
      await service.runs.cancel(id);
      setTimeout(() => void proxy.restore(), 500);
    }
    expect(sequences(events)).toEqual(upTo(events.length));
    expect(events.at(-1)).toMatchObject({ type: 'job.finished', job: { id, status: 'cancelled' } });
  });

  it('is reconnected when it is idle for idleTimeoutMs', async () => {
    await using service = await startService({ replies: { ...simple, answer: isSilent } });
    await using proxy = await startCuttableProxy(service.url.replace(/^http:/, 'redis:'));
    const { id } = await createClient({ baseUrl: service.url }).submit({ query: 'hello' });
    await service.models.whenCalled('answer');
    const events: JobEvent[] = [];
    for await (const one of createClient({ baseUrl: httpOf(proxy), idleTimeoutMs: 300 }).events(id)) {
      events.push(one);
      if (one.type !== 'stage.started' || one.stage !== 'answer') continue;
      proxy.loseConnections();
      await service.runs.cancel(id);
    }
    expect(sequences(events)).toEqual(upTo(events.length));
    expect(events.at(-1)?.type).toBe('job.finished');
  });

  it('resumes on another API process when the first one stops', async () => {
    await using first = await startService({ replies: { ...simple, answer: isSilent } });
    await using second = await startService({
      worker: false,
      settings: { QUEUE_NAMESPACE: first.namespace },
    });
    let base = first.url;
    const client = createClient({ baseUrl: '', fetch: (path, init) => fetch(`${base}${path}`, init) });
    const { id } = await client.submit({ query: 'hello' });
    const events: JobEvent[] = [];
    for await (const one of client.events(id)) {
      events.push(one);
      if (one.type !== 'stage.started' || one.stage !== 'answer') continue;
      base = second.url;
      await first.close();
      await second.runs.cancel(id);
    }
    expect(sequences(events)).toEqual(upTo(events.length));
    expect(events.at(-1)?.type).toBe('job.finished');
  });

  it('resumes after the last event when the service was busy or closed connections', async () => {
    const [one, two] = [
      event(1, 'job.routed', { route: 'simple' }),
      event(2, 'job.routed', { route: 'complex' }),
    ];
    await using server = await startScripted(
      busy,
      closes,
      streams(one),
      page(502),
      // Ends within an event, and repeats the first one.
      streams(one, two, 'id: 3\nevent: job.fin'),
      streams(finished(3)),
    );
    const events = await all(createClient({ baseUrl: server.url }).events('x'));
    expect(sequences(events)).toEqual([1, 2, 3]);
    const lastIds = server.requests.map(({ headers }) => headers['last-event-id']);
    expect(lastIds).toEqual([undefined, undefined, undefined, '1', '1', '2']);
    expect(new Set(server.requests.map(({ path }) => path))).toEqual(new Set(['/jobs/x/events']));
  });

  it('respects Retry-After', async () => {
    const wait: Step = (response) => {
      response.writeHead(503, { 'Retry-After': '1' }).end();
    };
    await using server = await startScripted(wait, streams(finished(1)));
    const started = performance.now();
    await all(createClient({ baseUrl: server.url }).events('x'));
    expect(performance.now() - started).toBeGreaterThan(990);
  });
});

describe('events', () => {
  it('report each stage as it starts and ends, and finally the whole job', async () => {
    await using service = await startService({
      replies: { 'enhance.direct': fails({ intent: 'nextModel', code: 'refused', message: 'no' }) },
    });
    const client = createClient({ baseUrl: service.url });
    const events: JobEvent[] = [];
    const job = await client.run({ query: 'hello' }, { onEvent: (one) => events.push(one) });
    expect(sequences(events)).toEqual(upTo(events.length));
    const started = events.flatMap((one) =>
      one.type === 'stage.started' && one.attempt === 1 ? one.stage : [],
    );
    expect(started.sort()).toEqual([...COMPLEX].sort());
    expect(events.find(({ type }) => type === 'stage.degraded')).toMatchObject({ stage: 'enhance.direct' });
    expect(events.at(-1)).toMatchObject({ type: 'job.finished', job });
    expect(job).toEqual(await client.job(job.id));
    expect(await all(client.events(job.id, { after: 3 }))).toEqual(events.slice(3));
  });

  it('of unknown types are passed on with their fields', async () => {
    const odd = event(1, 'stage.pondered', { depth: 3, type: 'stage.pondered' });
    await using server = await startScripted(
      streams(': hello\n\n', 'event: ping\ndata: {}\n\n', odd, finished(2)),
    );
    const [first, ...more] = await all(createClient({ baseUrl: server.url }).events('x'));
    expect(first).toEqual({ type: 'stage.pondered', depth: 3, sequence: 1 });
    expect(sequences(more)).toEqual([2]);
  });

  it('start with a snapshot where earlier events are no longer stored', async () => {
    await using service = await startService({ replies: simple });
    const client = createClient({ baseUrl: service.url });
    const { id } = await client.run({ query: 'hello' });
    const events = await all(client.events(id, { after: 1_000 }));
    expect(events).toEqual([expect.objectContaining({ type: 'snapshot', job: await client.job(id) })]);

    const open = event(7, 'snapshot', { job: { status: 'running' } });
    await using server = await startScripted(streams(open), streams(finished(8)));
    const received = await all(createClient({ baseUrl: server.url }).events('x', { after: 9 }));
    expect(received.map(({ type, sequence }) => [type, sequence])).toEqual([
      ['snapshot', 7],
      ['job.finished', 8],
    ]);
  });

  it('are none after the last event of a finished job', async () => {
    await using service = await startService({ replies: simple });
    const client = createClient({ baseUrl: service.url });
    const events: JobEvent[] = [];
    const { id } = await client.run({ query: 'hello' }, { onEvent: (one) => events.push(one) });
    expect(await all(client.events(id, { after: events.length }))).toEqual([]);
    await using server = await startScripted((response) => {
      response.writeHead(204).end();
    });
    expect(await all(createClient({ baseUrl: server.url }).events('x', { after: 3 }))).toEqual([]);
    expect(server.requests.length).toBe(1);
  });

  it('reject if the data is not JSON or the job was deleted', async () => {
    await using server = await startScripted(streams('id: 1\ndata: {\n\n'));
    await expect(all(createClient({ baseUrl: server.url }).events('x'))).rejects.toThrow(
      'event 1 is not JSON',
    );
    const gone = { type: '/problems/unknown-job', detail: 'gone' };
    await using other = await startScripted(
      streams(event(1, 'job.finished', { job: null })),
      answers(404, gone),
    );
    await expect(all(createClient({ baseUrl: other.url }).events('x'))).rejects.toMatchObject({
      status: 404,
    });
  });
});

describe('a reader that stops', () => {
  it('closes the connection', async () => {
    let closed = 0;
    await using server = await startScripted((response) => {
      response.on('close', () => {
        closed += 1;
      });
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write(event(1, 'a') + event(2, 'b'));
    });
    const client = createClient({ baseUrl: server.url });
    for await (const _ of client.events('x')) break;
    await expect.poll(() => closed).toBe(1);
    const controller = new AbortController();
    const received: number[] = [];
    const reading = (async () => {
      for await (const { sequence } of client.events('x', { signal: controller.signal })) {
        received.push(sequence);
        controller.abort(new Error('enough'));
      }
    })();
    await expect(reading).rejects.toThrow('enough');
    expect(received).toEqual([1]);
    await expect.poll(() => closed).toBe(2);
  });
});
