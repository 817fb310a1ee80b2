import { spawn } from 'node:child_process';
import { RedisContainer, type StartedRedisContainer } from '@testcontainers/redis';

const IMAGE = 'redis:8-alpine';
const REAPER_OFF = 'TESTCONTAINERS_RYUK_DISABLED';

/** A Redis in a container of its own that keeps nothing, or why there is none. */
export async function startRedisContainer() {
  try {
    const container = await startAnyhow();
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

/** Should this process be killed, the library's reaper removes the container; without its image, a shell does. */
async function startAnyhow(): Promise<StartedRedisContainer> {
  const container = await start().catch((error) => {
    if (process.env[REAPER_OFF] === 'true') throw error;
    process.env[REAPER_OFF] = 'true';
    return start();
  });
  if (process.env[REAPER_OFF] === 'true') removeAfterUs(container.getId());
  return container;
}

const start = () =>
  new RedisContainer(IMAGE)
    .withCommand(['redis-server', '--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction'])
    .start();

/** The pipe to the shell is closed when this process ends, in whatever way. */
function removeAfterUs(id: string) {
  const shell = spawn('sh', ['-c', `read _; docker rm --force --volumes ${id}`], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.on('error', () => {});
  shell.unref();
}
