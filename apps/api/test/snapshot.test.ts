import { expect, inject, test } from 'vitest';
import { connectPatiently } from '../../../packages/queue/src/redis/connection.ts';
import { keysOf } from '../../../packages/queue/src/redis/keys.ts';
import { allFrames, type Frame, framesOf } from './event-stream.ts';
import { startHeld } from './held.ts';
import type { Service } from './service.ts';

/** Drops the events of a job up to one of them, as Redis does when there are too many. */
async function forgetEvents({ namespace }: Service, id: string, upTo: number) {
  const redis = connectPatiently(inject('redisUrl'));
  await redis.xtrim(keysOf(namespace).log(id), 'MINID', `${upTo + 1}-0`);
  redis.disconnect();
}

const numbers = (frames: readonly Frame[]) => frames.map(({ id }) => id);
const from = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

test('who comes back too late gets the job as it stands, and then what follows to the end', async () => {
  const { service, release } = await startHeld(['polish']);
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

  // Whoever has the last one that was dropped misses nothing.
  const whole = await allFrames(`${service.url}${path}/events`, { 'Last-Event-ID': String(dropped) });
  expect(whole).toEqual(tail);
});
