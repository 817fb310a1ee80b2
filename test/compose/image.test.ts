import { randomUUID } from 'node:crypto';
import { describe, expect, inject, it, vi } from 'vitest';
import { COMPLEX, generatePath, SIMPLE } from '../e2e/service.ts';
import { docker, lines, tryDocker } from './docker.ts';
import { waitForJobs } from './jobs.ts';
import { containerStates } from './stack.ts';

const image = inject('image');

/** A container that is removed with its anonymous volumes. */
async function runImage(...options: readonly string[]) {
  const name = `${inject('prefix')}-${randomUUID().slice(0, 8)}`;
  await docker(['run', '--detach', '--name', name, '--publish', '127.0.0.1:0:7860', ...options, image]);
  const [address = ''] = lines(await docker(['port', name, '7860/tcp']));
  const url = `http://${address}`;
  return {
    name,
    url,
    ready: () =>
      vi.waitUntil(
        () =>
          fetch(`${url}/readyz`).then(
            ({ ok }) => ok,
            () => false,
          ),
        {
          timeout: 60_000,
          interval: 100,
        },
      ),
    async [Symbol.asyncDispose]() {
      await docker(['rm', '--force', '--volumes', name]);
    },
  };
}

describe('the image', () => {
  it('contains no tests, logs, data or development tools', async () => {
    const list = 'cd /app && find . -not -path "*/node_modules/*" -type f; ls node_modules/.pnpm; id -u';
    const listed = lines(await docker(['run', '--rm', '--entrypoint', 'sh', image, '-c', list]));
    expect(
      listed.filter((path) => /(^|\/)(test|logs|\.git|\.data)\/|\.env|\.npmrc|\.log$/.test(path)),
    ).toEqual([]);
    expect(
      listed.filter((name) => /^(@biomejs\+|@testcontainers|(node|typescript|vitest|knip)@)/.test(name)),
    ).toEqual([]);
    expect(listed).toContain('./apps/worker/src/main.ts');
    expect(listed.at(-1)).toBe('1000');
    for (const tool of ['gcc', 'make', 'python3', 'git', 'curl'])
      expect((await tryDocker(['run', '--rm', '--entrypoint', tool, image, '--version'])).code).toBe(127);
  });

  it('serves requests on a read-only root filesystem and stops with exit code 0', async () => {
    await using container = await runImage('--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL');
    await container.ready();
    const response = await fetch(`${container.url}${generatePath(SIMPLE)}`);
    expect([response.status, response.headers.get('X-Simulated')]).toEqual([200, 'true']);
    expect(await response.json()).toHaveProperty('steps.directCode');
    const health = ['container', 'inspect', '--format', '{{.State.Health.Status}}', container.name];
    await vi.waitUntil(async () => (await docker(health)) === 'healthy\n', {
      timeout: 60_000,
      interval: 250,
    });
    const processes = await docker(['top', container.name, '-o', 'pid,ppid,args']);
    expect(processes).toMatch(/ tini -- .* node apps\/cli\/src\/start\/main\.ts\n/);
    expect(processes).toMatch(/redis-server unixsocket:\/data\/7860\/redis\.sock/);
    await docker(['stop', container.name]);
    expect(await containerStates([container.name])).toMatchObject([{ code: 0, running: false }]);
  });

  it('calls real models when a key is set', async () => {
    await using container = await runImage('--env', 'OPENROUTER_API_KEY=none');
    await container.ready();
    expect(await docker(['logs', container.name])).toMatch(/models +OpenRouter/);
  });

  it('resumes runs after a restart, with its data in a named volume', async () => {
    const volume = `${inject('prefix')}-data`;
    const slow = ['--volume', `${volume}:/data`, '--read-only'];
    const ids: string[] = [];
    {
      await using container = await runImage(...slow);
      await container.ready();
      const done = await fetch(`${container.url}${generatePath(SIMPLE)}`);
      ids.push(`/jobs/${done.headers.get('X-Job-Id')}`);
      const begun = await fetch(`${container.url}${generatePath(COMPLEX)}`, {
        headers: { Prefer: 'respond-async' },
      });
      ids.push(begun.headers.get('Location') ?? '');
      await docker(['stop', container.name]);
      expect(await containerStates([container.name])).toMatchObject([{ code: 0 }]);
    }
    {
      await using container = await runImage(...slow);
      await container.ready();
      const jobs = await waitForJobs(container.url, ids);
      expect(jobs.map(({ status, degraded }) => [status, degraded])).toEqual([
        ['completed', []],
        ['completed', []],
      ]);
    }
    await docker(['volume', 'rm', volume]);
  });
});
