import { redisWarnings } from '@codegen/queue';
import { runProcess } from '@codegen/settings';
import { pino } from 'pino';
import { apiSettingWarnings, readApiOptions } from './config.ts';
import { startApi } from './http/server.ts';

await runProcess(async () => {
  const options = readApiOptions();
  // Buffered: a line reaches the output within 200 ms, or when the process ends.
  const log = pino(
    { level: options.LOG_LEVEL, name: 'api' },
    pino.destination({ sync: false, minLength: 4_096, periodicFlush: 200 }),
  );
  for (const warning of apiSettingWarnings()) log.warn(warning);
  const api = await startApi(options, log);
  log.info({ url: api.url, metrics: api.metricsUrl }, 'listening');
  // Not awaited: the API serves while Redis does not answer.
  void redisWarnings(options.REDIS_URL).then((warnings) => {
    for (const warning of warnings) log.warn(warning);
  });
  return {
    stop: (signal) => {
      log.info({ signal }, 'stopping');
      return api.close();
    },
    graceSeconds: options.SHUTDOWN_GRACE_SECONDS,
  };
});
