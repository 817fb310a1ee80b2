import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '@codegen/testing/network/free-port';
import { describeWithServers } from '@codegen/testing/network/programs';
import { start } from '@codegen/testing/process/program';
import { HANG_MS } from '@codegen/testing/timeouts';
import { expect, it, vi } from 'vitest';
import { generatePath, SIMPLE } from './service.ts';

const run = promisify(execFile);
const START = 'apps/cli/src/start/main.ts';
const DEADLINE = { timeout: HANG_MS, interval: 50 };

async function temporaryFolder() {
  const dir = await mkdtemp(join(tmpdir(), 'codegen-e2e-'));
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
}

const answers = (path: string) =>
  new Promise<boolean>((resolve) => {
    const connection = createConnection(path);
    connection.once('connect', () => resolve(connection.end() !== null));
    connection.once('error', () => resolve(false));
  });

describeWithServers('the private Redis', ({ cli }) => {
  const pidOf = async (socket: string) => {
    const { stdout } = await run(cli, ['-s', socket, 'INFO', 'server']);
    return Number(/^process_id:(\d+)/m.exec(stdout)?.[1]);
  };

  it.concurrent('of npm start is restarted with its data when it is killed, and no second npm start uses its folder', async () => {
    await using folder = await temporaryFolder();
    const { dir } = folder;
    const env = { PORT: String(await freePort()), DATA_DIR: dir, LOG_DIR: dir };
    await using program = start(START, ['--fast'], env);
    await program.waitForOutput(/Ctrl-C/);
    const url = `http://127.0.0.1:${env.PORT}`;
    const finished = await fetch(url + generatePath(SIMPLE));
    const job = `${url}/jobs/${finished.headers.get('X-Job-Id')}`;

    // The same port on another address.
    await using second = start(START, ['--fast'], { ...env, HOST: '127.0.0.2' });
    expect(await second.ended).toBe(1);
    expect(second.stderr()).toMatch(/another npm start uses the folder .*: stop it, or set DATA_DIR or PORT/);

    const socket = join(dir, env.PORT, 'redis.sock');
    process.kill(await pidOf(socket), 'SIGKILL');
    await program.waitForOutput(/the private Redis had ended and was started again/);
    await vi.waitUntil(async () => (await fetch(job)).status === 200, DEADLINE);
    expect((await fetch(url + generatePath(SIMPLE))).status).toBe(200);

    // A process that is killed takes its Redis with it, and leaves the folder to the next one.
    program.child.kill('SIGKILL');
    await vi.waitUntil(async () => !(await answers(socket)), DEADLINE);
    await using third = start(START, ['--fast'], env);
    await third.waitForOutput(/Ctrl-C/);
    expect((await fetch(job)).status).toBe(200);
    // A Redis that hangs ends with the service too: the next start must not share its file.
    process.kill(await pidOf(socket), 'SIGSTOP');
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    third.child.kill('SIGTERM');
    expect(await third.ended).toBe(0);
    expect(await answers(socket)).toBe(false);
  });

  it.concurrent('of npm start ends the service with 1 when it cannot be restarted', async () => {
    await using folder = await temporaryFolder();
    const { dir } = folder;
    const env = { PORT: String(await freePort()), DATA_DIR: dir, LOG_DIR: dir };
    await using program = start(START, ['--fast'], env);
    await program.waitForOutput(/Ctrl-C/);
    const data = join(dir, env.PORT);
    const pid = await pidOf(join(data, 'redis.sock'));
    await rm(join(data, 'appendonlydir'), { recursive: true });
    await run('sh', ['-c', `echo "not an append-only file" > ${join(data, 'appendonlydir')}`]);
    process.kill(pid, 'SIGKILL');
    expect(await program.ended).toBe(1);
    expect(program.stderr()).toMatch(/redis-server did not start: it exited with 1/);
  });

  it.concurrent('of npm run generate ends with the command, however that ends', async () => {
    await using folder = await temporaryFolder();
    const { dir } = folder;
    const temporary = join(dir, 'tmp');
    await mkdir(temporary);
    await using program = start('apps/cli/src/generate/main.ts', [SIMPLE], {
      TMPDIR: temporary,
      LOG_DIR: dir,
    });
    const socketOf = async () => {
      const [folder] = await readdir(temporary);
      const socket = join(temporary, folder ?? '', 'redis.sock');
      return folder !== undefined && (await answers(socket)) && socket;
    };
    const socket = await vi.waitUntil(socketOf, DEADLINE);
    program.child.kill('SIGKILL');
    await program.ended;
    await vi.waitUntil(async () => !(await answers(socket)), DEADLINE);
  });
});
