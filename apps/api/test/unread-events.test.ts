import { once } from 'node:events';
import { connect } from 'node:net';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, inject, test } from 'vitest';
import { connectBlocking } from '../../../packages/queue/src/redis/connection.ts';
import { keysOf } from '../../../packages/queue/src/redis/keys.ts';
import { PATIENCE } from '../src/http-server.ts';
import { startService, until } from './service.ts';

/** Together more than the two ends of a connection hold between them. */
const EVENTS = 100;
const TEXT = 'x'.repeat(600_000);

/** Tells more of a job than a model ever would. */
async function tellMuch(namespace: string, id: string) {
  const redis = connectBlocking(inject('redisUrl'));
  const keys = keysOf(namespace);
  const event = JSON.stringify({ type: 'stage.delta', stage: 'answer', text: TEXT });
  for (let sequence = 1; sequence <= EVENTS; sequence++)
    await redis.xadd(keys.log(id), `${sequence}-0`, 'event', event, 'cost', '');
  await redis.hset(keys.run(id), 'events', EVENTS);
  redis.disconnect();
}

test('who follows a job and never reads is let go', async () => {
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
    patience: { ...PATIENCE, silenceMs: 2_000 },
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
