import { runProcess } from '@codegen/settings';
import { pino } from 'pino';
import { readSandboxOptions, sandboxSettingWarnings } from './config.ts';
import { startSandbox } from './service.ts';

const start = async () => {
  const options = readSandboxOptions();
  const log = pino({ level: options.LOG_LEVEL, name: 'sandbox' });
  for (const warning of sandboxSettingWarnings()) log.warn(warning);
  const service = await startSandbox(options, log);
  log.info('ready');
  const graceSeconds = options.SHUTDOWN_GRACE_SECONDS;
  return {
    stop: (signal: NodeJS.Signals) => {
      log.info({ signal, graceSeconds }, 'stopping when the running programs have ended');
      return service.close(graceSeconds * 1_000);
    },
    graceSeconds,
  };
};

await runProcess(start, { dotEnv: false });
