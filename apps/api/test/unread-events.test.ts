import { once } from 'node:events';
import { connect } from 'node:net';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { fenced, says } from '../../../test/conformance/replies.ts';
import { PATIENCE } from '../src/http-server.ts';
import { startService, until } from './service.ts';

/** More than the two ends of a connection hold between them. */
const CODE = `text = "${'x'.repeat(4 * 1024 * 1024)}"`;

test.each(['', '/events'])('who asks for /jobs/:id%s and never reads it is let go', async (what) => {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  await using service = await startService({
    replies: { classify: says('simple'), answer: says(fenced(CODE)) },
    settings: { SYNC_WAIT_SECONDS: 0 },
    patience: { ...PATIENCE, silenceMs: 1_000 },
    log: pino({ level: 'info' }, stream),
  });
  const job = await service.begin();
  await service.settled(job);
  const { hostname, port } = new URL(service.url);
  const client = connect({ host: hostname, port: Number(port) }).pause();
  client.on('error', () => {});
  await once(client, 'connect');
  client.write(`GET ${job}${what} HTTP/1.1\r\nHost: x\r\n\r\n`);
  const path = `"path":"${job}${what}"`;
  await until(async () => lines.some((line) => line.includes(path) && line.includes('aborted')));
  client.destroy();
  // Others are served as ever.
  expect((await service.get(job)).json.result.code).toBe(CODE);
});
