import { fromQuery, graph } from '@codegen/pipeline';
import { createRuns, QueueUnavailable } from '@codegen/queue';
import { type Certificates, issueCertificates } from '@codegen/testing/network/certificates';
import { describeWithServers } from '@codegen/testing/network/programs';
import { type Server, startServer } from '@codegen/testing/network/server';
import { start } from '@codegen/testing/process/program';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { COMPLEX, generatePath, startService } from '../e2e/service.ts';
import { describeWorkers } from './behaviour.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { MASTER, type SentinelSet, startSentinelSet } from './sentinels.ts';

/** The Redis permissions that docs/operations.md lists. */
const ALLOWED = '+@all -@admin -@dangerous +info';
const PASSWORD = 'p@ss/w:ord';

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
          config: [`user codegen on >${PASSWORD} ~{*}:* &{*}:* ${ALLOWED}`, 'requirepass admin'],
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
        const answer = await vi.waitUntil(async () => {
          const text = await readiness();
          return text.includes('Redis rejects the password') ? text : null;
        });
        const written = [worker, api].flatMap((program) => [program.stdout(), program.stderr()]);
        expect([answer, ...written].join('\n')).not.toContain('not-this-one');
      });

      test('needs only the address and the certificate authority', async () => {
        const env = { REDIS_URL: url(), NODE_EXTRA_CA_CERTS: certificates.authority };
        await using service = await startService({ workers: 2, env });
        const answer = await service.get(generatePath(COMPLEX));
        expect(answer.status).toBe(200);
        expect(await answer.json()).toMatchObject({ code: expect.stringContaining('todo') });
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
