import { COMPLEX } from '@codegen/testing/case';
import { startCuttableProxy } from '@codegen/testing/network/cuttable-proxy';
import { fails, hangs as isSilent, reply } from '@codegen/testing/replies';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startService } from '../../../apps/api/test/service.ts';
import { createClient, type JobEvent } from '../src/index.ts';
import { all } from './all.ts';
import { startCuttingLine } from './cutting-line.ts';
import { answers, busy, event, hangsUp, page, type Step, startScripted, streams } from './scripted.ts';

const simple = { classify: reply('simple') };
const sequences = (events: readonly JobEvent[]) => events.map(({ sequence }) => sequence);
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);
const finished = (id: number) =>
  event(id, 'job.finished', { status: 'completed', job: { status: 'completed' } });

/** A line over HTTP, from a proxy made for another protocol. */
const httpOf = (proxy: { url: string }) => proxy.url.replace(/^redis:/, 'http:');

describe('a stream that breaks', () => {
  it('is taken up wherever it was cut, to the byte, without gap or repeat', async () => {
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
        await using line = await startCuttingLine(service.url, limits);
        expect(await all(createClient({ baseUrl: line.url }).events(id))).toEqual(whole);
        connections += line.connections();
      }),
      { numRuns: 15 },
    );
    expect(connections).toBeGreaterThan(15);
  });

  it('is taken up while the job goes on, when the service can be reached again', async () => {
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

  it('is taken for dead when nothing comes for too long, and taken up on a new line', async () => {
    await using service = await startService({ replies: { ...simple, answer: isSilent } });
    await using proxy = await startCuttableProxy(service.url.replace(/^http:/, 'redis:'));
    const { id } = await createClient({ baseUrl: service.url }).submit({ query: 'hello' });
    await service.models.whenCalled('answer');
    const events: JobEvent[] = [];
    for await (const one of createClient({ baseUrl: httpOf(proxy), silenceMs: 300 }).events(id)) {
      events.push(one);
      if (one.type !== 'stage.started' || one.stage !== 'answer') continue;
      proxy.strand();
      await service.runs.cancel(id);
    }
    expect(sequences(events)).toEqual(upTo(events.length));
    expect(events.at(-1)?.type).toBe('job.finished');
  });

  it('is taken up on another API process when the first one stops', async () => {
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

  it('outlives a service that is busy or away, and begins where it was', async () => {
    const [one, two] = [
      event(1, 'job.routed', { route: 'simple' }),
      event(2, 'job.routed', { route: 'complex' }),
    ];
    await using server = await startScripted(
      busy,
      hangsUp,
      streams(one),
      page(502),
      // Ends in the middle of an event, and tells the first one again.
      streams(one, two, 'id: 3\nevent: job.fin'),
      streams(finished(3)),
    );
    const events = await all(createClient({ baseUrl: server.url }).events('x'));
    expect(sequences(events)).toEqual([1, 2, 3]);
    const asked = server.asked.map(({ headers }) => headers['last-event-id']);
    expect(asked).toEqual([undefined, undefined, undefined, '1', '1', '2']);
    expect(new Set(server.asked.map(({ path }) => path))).toEqual(new Set(['/jobs/x/events']));
  });

  it('waits as long as the service asks for', async () => {
    const wait: Step = (response) => {
      response.writeHead(503, { 'Retry-After': '1' }).end();
    };
    await using server = await startScripted(wait, streams(finished(1)));
    const started = performance.now();
    await all(createClient({ baseUrl: server.url }).events('x'));
    expect(performance.now() - started).toBeGreaterThan(990);
  });
});

describe('what is told', () => {
  it('is every stage as it starts and ends, and at last the whole job', async () => {
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

  it('also of types that are not known here, with fields that are not known', async () => {
    const odd = event(1, 'stage.pondered', { depth: 3, type: 'stage.pondered' });
    await using server = await startScripted(
      streams(': hello\n\n', 'event: ping\ndata: {}\n\n', odd, finished(2)),
    );
    const [first, ...more] = await all(createClient({ baseUrl: server.url }).events('x'));
    expect(first).toEqual({ type: 'stage.pondered', depth: 3, sequence: 1 });
    expect(sequences(more)).toEqual([2]);
  });

  it('is a snapshot where events are not kept any more, and what follows it', async () => {
    await using service = await startService({ replies: simple });
    const client = createClient({ baseUrl: service.url });
    const { id } = await client.run({ query: 'hello' });
    const events = await all(client.events(id, { after: 1_000 }));
    expect(events).toEqual([expect.objectContaining({ type: 'snapshot', job: await client.job(id) })]);

    const open = event(7, 'snapshot', { job: { status: 'running' } });
    await using server = await startScripted(streams(open), streams(finished(8)));
    const told = await all(createClient({ baseUrl: server.url }).events('x', { after: 9 }));
    expect(told.map(({ type, sequence }) => [type, sequence])).toEqual([
      ['snapshot', 7],
      ['job.finished', 8],
    ]);
  });

  it('is nothing to who knows the end already', async () => {
    await using service = await startService({ replies: simple });
    const client = createClient({ baseUrl: service.url });
    const events: JobEvent[] = [];
    const { id } = await client.run({ query: 'hello' }, { onEvent: (one) => events.push(one) });
    expect(await all(client.events(id, { after: events.length }))).toEqual([]);
    await using server = await startScripted((response) => {
      response.writeHead(204).end();
    });
    expect(await all(createClient({ baseUrl: server.url }).events('x', { after: 3 }))).toEqual([]);
    expect(server.asked.length).toBe(1);
  });

  it('is an error when it is no JSON, or when the job is gone', async () => {
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

describe('who stops listening', () => {
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
    const told: number[] = [];
    const reading = (async () => {
      for await (const { sequence } of client.events('x', { signal: controller.signal })) {
        told.push(sequence);
        controller.abort(new Error('enough'));
      }
    })();
    await expect(reading).rejects.toThrow('enough');
    expect(told).toEqual([1]);
    await expect.poll(() => closed).toBe(2);
  });
});
