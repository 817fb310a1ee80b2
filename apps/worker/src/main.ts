import { runProcess } from '@codegen/settings';
import { pino } from 'pino';
import { readWorkerOptions } from './config.ts';
import { startWorker } from './worker.ts';

await runProcess(async () => {
  const options = readWorkerOptions();
  const log = pino({ level: options.LOG_LEVEL, name: 'worker' });
  const worker = await startWorker(options, log);
  log.info({ concurrency: options.WORKER_CONCURRENCY }, 'ready');
  const graceSeconds = options.SHUTDOWN_GRACE_SECONDS;
  return { stop: () => worker.close(graceSeconds * 1_000), graceSeconds };
});
