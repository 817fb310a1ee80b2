import { join } from 'node:path';
import { ROOT } from '@codegen/testing/process/program';
import { expect, inject, it } from 'vitest';
import { generatePath } from '../e2e/service.ts';
import { docker, lines } from './docker.ts';
import { waitForJobs } from './jobs.ts';
import { createProject, freePorts, up } from './stack.ts';

const QUERY =
  'Write a C program that reads integers from standard input and prints the sum of the integers, with tests and docs';

it('compiled programs and hostile sources reach nothing in the image of the sandbox', async () => {
  const folder = join(ROOT, 'packages/sandbox/test');
  // The restrictions of docker-compose.yml.
  const restrictions = [
    '--network=none',
    '--read-only',
    '--cap-drop=ALL',
    '--security-opt=no-new-privileges:true',
  ];
  const limits = ['--pids-limit=128', '--memory=1g', '--cpus=1', '--tmpfs=/tmp:exec,size=128m,mode=1777'];
  const mount = ['--env=SECRET=codegen-secret', `--volume=${folder}:/app/packages/sandbox/test:ro`];
  const command = ['node', 'packages/sandbox/test/native-attacks.fixture.ts', '--long'];
  const output = await docker([
    'run',
    '--rm',
    ...restrictions,
    ...limits,
    ...mount,
    inject('sandboxImage'),
    ...command,
  ]);
  const { count, ...result } = JSON.parse(output);
  expect(result).toEqual({ uid: 1_000, languages: ['c', 'cpp'], missing: {}, found: [] });
  expect(count).toBeGreaterThan(80);
});

it('C programs are compiled and run on stdin, and the better one wins without a reviewer', async () => {
  const port = String(await freePorts());
  await using project = await createProject({ profile: 'demo', env: { PORT: port } });
  await up(project, { worker: 1 });
  const url = `http://127.0.0.1:${port}`;
  const { headers } = await fetch(`${url}${generatePath(QUERY)}`, { headers: { Prefer: 'respond-async' } });
  const [job] = await waitForJobs(url, [headers.get('Location') ?? '']);
  expect([job?.status, job?.degraded]).toEqual(['completed', []]);
  const { cases, versions, choice } = job?.verification ?? { cases: [], versions: [], choice: null };
  expect(cases.map(({ kind }) => kind)).toEqual(['stdin', 'stdin', 'stdin', 'stdin', 'stdin']);
  // The last case is a mistake of the model.
  expect(cases.map(({ counted }) => counted)).toEqual([true, true, true, true, false]);
  const passed = (stage: string) =>
    versions.find((one) => one.stage === stage)?.results.map(({ verdict }) => verdict === 'passed');
  expect(passed('generate.direct')).toEqual([true, true, false, false, false]);
  expect(passed('enhance.interpreted')).toEqual([true, true, true, true, false]);
  expect(choice).toBe('enhance.interpreted');
  expect(job?.result?.code).toContain('long long');
  expect(job?.stages.find(({ name }) => name === 'compare')?.calls).toEqual([]);

  // The service has the address of its own Redis, and no key.
  const names = lines(await project.compose('exec', '-T', 'sandbox', 'printenv')).map((line) =>
    line.replace(/=.*/, ''),
  );
  expect(names).not.toEqual(expect.arrayContaining([expect.stringMatching(/KEY|SECRET/)]));
  const log = await project.compose('logs', '--no-log-prefix', 'sandbox');
  expect(log).toContain('"compiled":["c","cpp"]');
});
