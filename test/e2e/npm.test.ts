import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '@codegen/testing/process/program';
import { expect, inject, test } from 'vitest';

const run = promisify(execFile);

const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test.concurrent.each([
  ['api', 'SIGTERM to npm alone', /"pid":(\d+).*"msg":"listening"/],
  ['worker', 'Ctrl-C, which a terminal sends to npm and to the program', /"pid":(\d+).*"msg":"ready"/],
])('npm run %s stops in order on %s', async (script, way, ready) => {
  const { PATH = '', HOME = '' } = process.env;
  const models = { BASE_URL: 'http://127.0.0.1:9/v1', MODEL: 'x' };
  const env = {
    PATH,
    HOME,
    PORT: '0',
    REDIS_URL: inject('redisUrl'),
    QUEUE_NAMESPACE: `npm-${script}`,
    ...models,
  };
  const npm = spawn('npm', ['run', script], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const ended = once(npm, 'close');
  let output = '';
  while (!ready.test(output)) output += String((await once(npm.stdout, 'data'))[0]);
  npm.stdout.on('data', (chunk) => (output += chunk));
  if (way.startsWith('Ctrl-C')) process.kill(-(npm.pid ?? Number.NaN), 'SIGINT');
  else npm.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(output).toContain('"msg":"stopping');
  expect(isRunning(Number(ready.exec(output)?.[1]))).toBe(false);
});

test.concurrent('scripts/install.mjs says which Node.js to install when it is too old', async () => {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.8' } });`;
  const args = [
    '--import',
    `data:text/javascript,${encodeURIComponent(pretend)}`,
    join(ROOT, 'scripts/install.mjs'),
  ];
  const { code, stdout, stderr } = await run(process.execPath, args).catch((error) => error);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toBe(
    'Node.js 18.20.8 is too old: install Node.js 20 or newer from https://nodejs.org/, then run this again.\n',
  );
});
