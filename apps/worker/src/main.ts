import { redisWarnings } from '@codegen/queue';
import { runProcess, SettingsError } from '@codegen/settings';
import { pino } from 'pino';
import { readWorkerOptions, workerSettingWarnings } from './config.ts';
import { requireModels } from './servers/check.ts';
import { ServerFault } from './servers/request.ts';
import { resolveRoles } from './servers/settings.ts';
import { startWorker } from './worker.ts';

await runProcess(async () => {
  const options = readWorkerOptions();
  // Asynchronous and buffered: flushed at 4 KiB, every 200 ms and on exit.
  const log = pino(
    { level: options.LOG_LEVEL, name: 'worker' },
    pino.destination({ sync: false, minLength: 4_096, periodicFlush: 200 }),
  );
  for (const warning of workerSettingWarnings()) log.warn(warning);
  try {
    await requireModels(resolveRoles(options));
  } catch (error) {
    // A worker must start while its model server is down. A setting that is missing stays missing.
    if (!(error instanceof ServerFault)) throw error;
    if (error.kind !== 'unreachable') throw new SettingsError(error.message);
    log.warn(error.message);
  }
  const worker = await startWorker(options, log);
  for (const warning of await redisWarnings(options.REDIS_URL)) log.warn(warning);
  log.info({ concurrency: options.WORKER_CONCURRENCY }, 'ready');
  const graceSeconds = options.SHUTDOWN_GRACE_SECONDS;
  return {
    stop: (signal) => {
      log.info(
        { signal, graceSeconds },
        'stopping when the running stages have ended; a second signal stops at once',
      );
      return worker.close(graceSeconds * 1_000);
    },
    graceSeconds,
  };
});
