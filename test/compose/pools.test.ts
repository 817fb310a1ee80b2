import { describe, expect, it, vi } from 'vitest';
import { docker, lines } from './docker.ts';
import { expectWhole, jobsEnded, startJobs } from './jobs.ts';
import { freePorts, openProject, up } from './stack.ts';

const SLOW = ['compare', 'generate.direct', 'generate.interpreted', 'polish'];

describe('docker-compose.pools.yml', () => {
  it('keeps slow stages in a pool of their own, behind two APIs that know the same jobs', async () => {
    const port = await freePorts();
    await using project = await openProject({
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
      expect(ready).toEqual({ status: 'ready', workers: { stages: 1, slow: 2 } });
    }

    // Inside, one name stands for both.
    const named = lines(await project.compose('exec', '-T', 'worker', 'getent', 'ahostsv4', 'api'));
    expect(new Set(named.map((line) => line.split(' ')[0])).size).toBe(2);

    const jobs = await jobsEnded(second, await startJobs(first, 12));
    for (const job of jobs) expectWhole(job);
    const expected = jobs.reduce((sum, { stages }) => sum + stages.length, 0);
    const ended = await vi.waitUntil(
      async () => {
        const said = await project.stagesEnded();
        return said.length >= expected && said;
      },
      { timeout: 30_000, interval: 250 },
    );
    const slow = await project.containers('worker-slow');
    for (const { worker, stage } of ended)
      expect([stage, slow.includes(worker)]).toEqual([stage, SLOW.includes(stage)]);
    expect(new Set(ended.map(({ worker }) => worker)).size).toBe(3);
  });
});
