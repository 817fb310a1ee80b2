import { resolve } from 'node:path';
import { parseCommandLine, runProcess, UsageError } from '@codegen/settings';
import { checkServers } from '@codegen/worker';
import { readLocalOptions } from '../config.ts';
import { startSystem } from '../system.ts';
import { createLog } from '../terminal.ts';
import { startupMessage, USAGE } from './startup-message.ts';

const { help, fast } = readFlags();
if (help) process.stdout.write(USAGE);
else await runProcess(start);

async function start() {
  const options = readLocalOptions();
  const { unreachable, unlisted } = await checkServers(options.roles);
  const dataDir = resolve(options.dataDir, String(options.api.PORT));
  const log = createLog(options.api.LOG_LEVEL);
  const system = await startSystem(options, { dataDir, durable: true, fast }, log);
  process.stdout.write(startupMessage(system, options, [...unreachable, ...unlisted]));
  return {
    async stop() {
      process.stdout.write('\nStopping …\n');
      await system.close();
    },
    graceSeconds: options.api.SHUTDOWN_GRACE_SECONDS,
  };
}

function readFlags() {
  const options = {
    fast: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  } as const;
  try {
    return parseCommandLine({ args: process.argv.slice(2), options }).values;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
}
