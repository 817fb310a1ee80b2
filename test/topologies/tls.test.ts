import { createHash } from 'node:crypto';
import { fromQuery, graph } from '@codegen/pipeline';
import { createRuns, QueueUnavailable } from '@codegen/queue';
import { type Certificates, issueCertificates } from '@codegen/testing/network/certificates';
import { describeWithServers } from '@codegen/testing/network/programs';
import { type Server, startServer } from '@codegen/testing/network/server';
import { start } from '@codegen/testing/process/program';
import { HANG_MS } from '@codegen/testing/timeouts';
import { startWebhookReceiver } from '@codegen/testing/webhooks/webhook-receiver';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { REDIS_RIGHTS } from '../deploy/redis-rights.ts';
import { COMPLEX, generatePath, startService } from '../e2e/service.ts';
import { describeWorkers } from './behaviour.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { MASTER, type SentinelSet, startSentinelSet } from './sentinels.ts';

const PASSWORD = 'p@ss/w:ord';
const ADMIN = { ADMIN_KEYS: `root:${createHash('sha256').update('key-of-root').digest('hex')}` };
const WEBHOOKS = {
  WEBHOOK_SECRETS: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
  WEBHOOK_ALLOW_PRIVATE: 'true',
};

describeWithServers(
  'TLS and passwords',
  (programs) => {
    let certificates: Certificates;
    beforeAll(async () => {
      certificates = await issueCertificates();
    });
    afterAll(() => certificates?.[Symbol.asyncDispose]());

    describe('one server with its own user', () => {
      let server: Server;
      const url = (password = PASSWORD, scheme = 'rediss') =>
        `${scheme}://codegen:${encodeURIComponent(password)}@127.0.0.1:${server.port}`;
      beforeAll(async () => {
        server = await startServer(programs, {
          config: [
            `user codegen on >${PASSWORD} ~{*}:* &{*}:* ${REDIS_RIGHTS.join(' ')}`,
            'requirepass admin',
          ],
          client: ['-a', 'admin'],
          tls: certificates.tls,
        });
      });
      afterAll(() => server?.[Symbol.asyncDispose]());

      test.each([
        ['a wrong password', () => url('wrong')],
        ['no TLS', () => url(PASSWORD, 'redis')],
      ])('rejects requests with %s', async (_what, wrong) => {
        await using runs = createRuns(graph, { redisUrl: wrong(), namespace: 'tls', retentionSeconds: 60 });
        await runs.connected();
        await expect(runs.submit(fromQuery('Print a name'))).rejects.toThrow(QueueUnavailable);
      });

      test('is not ready while the certificate authority is not trusted', async () => {
        await using api = start('apps/api/src/main.ts', [], { REDIS_URL: url(), PORT: '0' });
        const [, address] = await api.waitForOutput(/"url":"(http:[^"]+)"/);
        expect((await fetch(`${address}/readyz`)).status).toBe(503);
      });

      test('does not log a wrong password', async () => {
        const env = { REDIS_URL: url('not-this-one'), BASE_URL: 'http://127.0.0.1:9/v1', PORT: '0' };
        const trusting = { ...env, NODE_EXTRA_CA_CERTS: certificates.authority };
        await using worker = start('apps/worker/src/main.ts', [], trusting);
        await worker.waitForOutput(/WRONGPASS/);
        await using api = start('apps/api/src/main.ts', [], trusting);
        const [, address] = await api.waitForOutput(/"url":"(http:[^"]+)"/);
        const readiness = async () => (await fetch(`${address}/readyz`)).text();
        await expect.poll(readiness).toContain('Redis rejects the password');
        const written = [worker, api].flatMap((program) => [program.stdout(), program.stderr()]);
        expect([await readiness(), ...written].join('\n')).not.toContain('not-this-one');
      });

      test('needs only the address, the certificate authority and the documented rights', async () => {
        const env = { REDIS_URL: url(), NODE_EXTRA_CA_CERTS: certificates.authority };
        await using receiver = await startWebhookReceiver();
        await using service = await startService({ workers: 2, env: { ...env, ...ADMIN, ...WEBHOOKS } });
        const answer = await service.get(generatePath(COMPLEX));
        expect(answer.status).toBe(200);
        expect(await answer.json()).toMatchObject({ code: expect.stringContaining('todo') });
        const id = answer.headers.get('X-Job-Id');
        const send = async (method: string, path: string, body?: object) => {
          const headers = { Authorization: 'Bearer key-of-root', 'Content-Type': 'application/json' };
          const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
          const response = await fetch(`${service.url}${path}`, init);
          return { path, status: response.status, text: await response.text() };
        };
        const webhook = receiver.url;
        const replies = [
          await send('POST', '/jobs', { query: 'Add tests', previousJobId: id, wait: 50, webhook }),
          await send('POST', `/jobs/${id}/rerun`, { from: 'polish' }),
          await send('GET', `/jobs/${id}/events`),
          await send('GET', '/jobs'),
          await send('GET', '/threads'),
          await send('GET', '/usage'),
          await send('POST', '/admin/intake/pause'),
          await send('POST', '/admin/intake/resume'),
          await send('GET', '/admin/queues/api/queues'),
          await send('GET', '/readyz'),
        ];
        await vi.waitUntil(() => receiver.received.length === 1, { timeout: HANG_MS, interval: 20 });
        replies.unshift(await send('DELETE', `/threads/${id}`));
        const failed = replies.filter(({ status }) => status !== 200 && status !== 202);
        expect(failed).toEqual([]);
        expect(replies.at(-1)?.text).toContain('"status":"ready"');
        expect(service.workers.map(({ stdout }) => stdout()).join()).not.toContain('NOPERM');
        expect(service.api.stdout()).not.toContain('NOPERM');
      });

      describeWorkers(url);
    });

    describe('a cluster', () => {
      let cluster: Cluster;
      beforeAll(async () => {
        cluster = await startCluster(programs, { tls: certificates.tls, password: 'secret' });
      });
      afterAll(() => cluster?.[Symbol.asyncDispose]());

      describeWorkers(() => `rediss+cluster://:secret@${cluster.addresses}`);
    });

    describe('sentinels', () => {
      let set: SentinelSet;
      const passwords = { data: 'secret', sentinels: 'another' };
      beforeAll(async () => {
        set = await startSentinelSet(programs, { tls: certificates.tls, passwords });
      });
      afterAll(() => set?.[Symbol.asyncDispose]());

      describeWorkers(() => `rediss+sentinel://:secret@${set.addresses}/${MASTER}?sentinelPassword=another`);
    });
  },
  ['openssl'],
);
