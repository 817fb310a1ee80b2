import { spawn } from 'node:child_process';
import { RedisContainer, type StartedRedisContainer } from '@testcontainers/redis';

const IMAGE = 'redis:8-alpine';
const REAPER_OFF = 'TESTCONTAINERS_RYUK_DISABLED';

/** Starts a Redis without persistence in a container. @returns a message if that fails */
export async function startRedisContainer() {
  try {
    const container = await startWithCleanup();
    return {
      url: container.getConnectionUrl(),
      close: async () => {
        await container.stop();
      },
    };
  } catch (error) {
    return `no container of ${IMAGE} can be started: ${error instanceof Error ? error.message : error}`;
  }
}

/** If this process is killed, the library's reaper removes the container, or a shell if the reaper cannot start. */
async function startWithCleanup(): Promise<StartedRedisContainer> {
  const container = await start().catch((error) => {
    if (process.env[REAPER_OFF] === 'true') throw error;
    process.env[REAPER_OFF] = 'true';
    return start();
  });
  if (process.env[REAPER_OFF] === 'true') removeAfterExit(container.getId());
  return container;
}

const start = () =>
  new RedisContainer(IMAGE)
    .withCommand(['redis-server', '--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction'])
    .start();

/** Removes the container when this process ends, which closes the pipe to the shell. */
function removeAfterExit(id: string) {
  const shell = spawn('sh', ['-c', `read _; docker rm --force --volumes ${id}`], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.on('error', () => {});
  shell.unref();
}
