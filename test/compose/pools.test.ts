import { describe, expect, it, vi } from 'vitest';
import { docker, lines } from './docker.ts';
import { expectComplete, startJobs, waitForJobs } from './jobs.ts';
import { createProject, freePorts, up } from './stack.ts';

const SLOW = ['compare', 'generate.direct', 'generate.interpreted', 'polish', 'verify'];

describe('docker-compose.pools.yml', () => {
  it('runs slow stages in a separate pool, with two APIs that share their jobs', async () => {
    const port = await freePorts();
    await using project = await createProject({
      profile: 'demo',
      files: ['docker-compose.yml', 'docker-compose.pools.yml'],
      env: { PORT: `${port}-${port + 9}`, SIMULATOR_LATENCY_MS: '50' },
    });
    await up(project, { api: 2, worker: 1, 'worker-slow': 2 });
    const urls = await Promise.all(
      (await project.containers('api')).map(async (id) => {
        const [address = ''] = lines(await docker(['port', id, '8000/tcp']));
        return `http://${address}`;
      }),
    );
    expect(new Set(urls).size).toBe(2);
    const [first = '', second = ''] = urls;
    for (const url of urls) {
      const ready = await (await fetch(`${url}/readyz`)).json();
      expect(ready).toEqual({ status: 'ready', workers: { stages: 1, slow: 2 }, warnings: [] });
    }

    // The service name resolves to both APIs.
    const named = lines(await project.compose('exec', '-T', 'worker', 'getent', 'ahostsv4', 'api'));
    expect(new Set(named.map((line) => line.split(' ')[0])).size).toBe(2);

    const jobs = await waitForJobs(second, await startJobs(first, 12));
    for (const job of jobs) expectComplete(job);
    const expected = jobs.reduce((sum, { stages }) => sum + stages.length, 0);
    const ended = await vi.waitUntil(
      async () => {
        const output = await project.endedStages();
        return output.length >= expected && output;
      },
      { timeout: 30_000, interval: 250 },
    );
    const slow = await project.containers('worker-slow');
    for (const { worker, stage } of ended)
      expect([stage, slow.includes(worker)]).toEqual([stage, SLOW.includes(stage)]);
    expect(new Set(ended.map(({ worker }) => worker)).size).toBe(3);
  });
});
