import { join } from 'node:path';
import { ROOT } from '@codegen/testing/process/program';
import { describe, expect, inject, it } from 'vitest';
import { docker, lines } from './docker.ts';
import { createProject, freePorts, up } from './stack.ts';

const KEY = 'OPENROUTER_API_KEY=none\n';

const port = async () => ({ PORT: String(await freePorts()) });

it('takes the images of others by digest with deploy/image-digests.env', async () => {
  await using project = await createProject({ dotEnv: KEY });
  const flags = ['--env-file', '.env', '--env-file', join(ROOT, 'deploy/image-digests.env')];
  const images = await project.compose(...flags, '--profile', 'observability', 'config', '--images');
  const ofOthers = lines(images).filter((image) => !image.startsWith(inject('prefix')));
  expect(ofOthers.map((image) => image.replace(/:.*@sha256:[0-9a-f]{64}$/, '')).sort()).toEqual([
    'grafana/grafana',
    'prom/prometheus',
    'redis',
  ]);
});

describe('docker compose up without the profile', () => {
  it('prints in one line that the key is missing, and starts neither API nor worker', async () => {
    await using project = await createProject({ env: await port() });
    const { code, stdout, stderr } = await project.tryCompose('up', '--no-build');
    expect(code).toBe(1);
    expect(lines(stdout + stderr).filter((line) => line.includes('OPENROUTER_API_KEY'))).toEqual([
      expect.stringMatching(/OPENROUTER_API_KEY is not set; it must be a key of openrouter\.ai, or BASE_URL/),
    ]);
    expect(await project.compose('ps', '--all', '--status', 'running', '--services')).toBe(
      'redis\nsandbox\n',
    );
  });

  it.each([
    ['MODEL_TRIES=many', 'MODEL_TRIES is "many"; it must be a whole number from 1 to 20'],
    ['SYNC_WAIT_SECONDS=-1', 'SYNC_WAIT_SECONDS is "-1"; it must be a whole number from 0 to 3600'],
    [
      'HOST=0.0.0.0',
      'HOST is "0.0.0.0"; it must be a loopback address unless API_KEYS is set or ALLOW_ANONYMOUS is true',
    ],
  ])('says in one line what is wrong with %s', async (line, reason) => {
    await using project = await createProject({ dotEnv: `${KEY}${line}\n` });
    const { code, stdout, stderr } = await project.tryCompose('run', '--rm', '--no-deps', 'settings');
    expect([code, stdout, lines(stderr).at(-1)]).toEqual([2, '', reason]);
  });

  it('reads all settings from .env and does not pass the model key to the API', async () => {
    const [key = '', hash = ''] = lines(
      await docker(['run', '--rm', inject('image'), 'node', 'apps/api/src/key/main.ts', 'alice']),
    );
    const settings = {
      BASE_URL: 'http://127.0.0.1:9/v1',
      HOST: '0.0.0.0',
      API_KEYS: hash,
      ...(await port()),
    };
    const dotEnv = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
    await using project = await createProject({ dotEnv: KEY + dotEnv.join('') });
    await up(project, { worker: 1 });
    const keyOf = (service: string) =>
      project.compose('exec', '-T', service, 'printenv', 'OPENROUTER_API_KEY', 'BASE_URL');
    expect(await keyOf('worker')).toBe('none\nhttp://127.0.0.1:9/v1\n');
    const names = (await project.compose('exec', '-T', 'api', 'printenv')).replaceAll(/=.*/g, '');
    expect(lines(names)).toContain('API_KEYS');
    expect(lines(names)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/MODEL|OPENROUTER|BASE_URL/)]),
    );
    const statusFor = async (headers: Record<string, string>) =>
      (await fetch(`http://127.0.0.1:${settings.PORT}/jobs`, { headers })).status;
    expect(await statusFor({})).toBe(401);
    expect(await statusFor({ Authorization: `Bearer ${key}` })).toBe(200);
  });
});

describe('docker compose --profile demo up', () => {
  it('calls the simulator, even if a key is set', async () => {
    const env = await port();
    await using project = await createProject({
      profile: 'demo',
      dotEnv: KEY,
      env: { ...env, SIMULATOR_LATENCY_MS: '0' },
    });
    await up(project, { worker: 1 });
    const response = await fetch(`http://127.0.0.1:${env.PORT}/generate?query=Write%20a%20Go%20function`);
    expect([response.status, response.headers.get('X-Simulated')]).toEqual([200, 'true']);
  });
});
