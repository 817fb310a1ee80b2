import { COMPLEX } from '@codegen/testing/case';
import { fails, hangs, reply } from '@codegen/testing/replies';
import { describe, expect, inject, it } from 'vitest';
import { allFrames, type Frame, framesOf } from './event-stream.ts';
import { expectProblem, startService } from './service.ts';

const simple = { classify: reply('simple') };
const failed = fails({ intent: 'nextModel', code: 'refused', message: 'no' });
const numbers = (frames: readonly Frame[]) => frames.map(({ id }) => id);
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

describe('GET /jobs/:id/events', () => {
  it.each(['x', '-1', '1.5', '1'.repeat(16), ''])('refuses the cursor %j', async (cursor) => {
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

  it('refuses a job that is not there', async () => {
    await using service = await startService({ worker: false });
    const path = '/jobs/00000000-0000-4000-8000-000000000000/events';
    expectProblem(await service.get(path), 'unknown-job', 404);
    expectProblem(await service.get('/jobs/nonsense/events'), 'malformed-job-id', 400);
  });

  it('tells every stage as it starts and ends, in the run’s own sequence, and ends with the whole job', async () => {
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

  it('tells what failed for good and what follows', async () => {
    await using service = await startService({ replies: { 'enhance.direct': failed } });
    const frames = await allFrames(`${service.url}${await service.begin()}/events`);
    expect(frames.find(({ type }) => type === 'stage.degraded')?.data).toMatchObject({
      stage: 'enhance.direct',
      code: 'refused',
      consequence: 'the draft was used unimproved',
    });
  });

  it('goes on after the last event a client has, on any API process, without gap or repeat', async () => {
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
    // A header says more than the URL a browser connects to again and again.
    const again = await allFrames(`${second.url}${path}/events?after=0`, { 'Last-Event-ID': '2' });
    expect(numbers(again)[0]).toBe(3);
    expect(numbers(await allFrames(`${second.url}${path}/events?after=1`))[0]).toBe(2);
  });

  it('has nothing more to tell to who has the last event, and a snapshot for a cursor that never was', async () => {
    await using service = await startService({ replies: simple });
    const path = await service.begin();
    const frames = await allFrames(`${service.url}${path}/events`);
    expect((await service.get(`${path}/events?after=${frames.length}`)).status).toBe(204);
    const [snapshot, ...more] = await allFrames(`${service.url}${path}/events?after=${frames.length + 7}`);
    expect(snapshot).toMatchObject({
      id: frames.length,
      type: 'snapshot',
      data: { job: { status: 'completed' } },
    });
    expect(more).toEqual([]);
  });

  it('ends when the API is told to stop, and a client goes on elsewhere', async () => {
    await using service = await startService({ replies: { classify: hangs } });
    const path = await service.begin();
    const frames = framesOf(`${service.url}${path}/events`);
    expect((await frames.next()).value).toMatchObject({ id: 1, type: 'stage.started' });
    const rest = frames.next();
    await service.close();
    expect(await rest).toEqual({ done: true, value: undefined });
  });

  it('is read by many at a time', async () => {
    await using service = await startService();
    const path = await service.begin();
    const readers = inject('redisKind') === 'embedded' ? 5 : 50;
    const all = await Promise.all(
      Array.from({ length: readers }, () => allFrames(`${service.url}${path}/events`)),
    );
    for (const frames of all) expect(frames).toEqual(all[0]);
  });
});
