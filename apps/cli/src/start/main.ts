import { resolve } from 'node:path';
import { runProcess } from '@codegen/settings';
import { readLocalOptions } from '../config.ts';
import { startSystem } from '../system.ts';
import { createLog } from '../terminal.ts';
import { startupMessage } from './startup-message.ts';

await runProcess(async () => {
  const options = readLocalOptions();
  const dataDir = resolve(options.dataDir, String(options.api.PORT));
  const log = createLog(options.api.LOG_LEVEL);
  const system = await startSystem(options, { dataDir, durable: true }, log);
  process.stdout.write(startupMessage(system, options));
  return {
    async stop() {
      process.stdout.write('\nStopping …\n');
      await system.close();
    },
    graceSeconds: options.api.SHUTDOWN_GRACE_SECONDS,
  };
});
