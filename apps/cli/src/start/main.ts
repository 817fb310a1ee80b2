import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseCommandLine, runProcess, UsageError } from '@codegen/settings';
import { readLocalOptions, settingWarnings } from '../config.ts';
import { startupMessage, USAGE } from './startup-message.ts';

const { help, fast } = readFlags();
if (help) process.stdout.write(USAGE);
else await runProcess(start);

async function start() {
  const options = readLocalOptions();
  // Loaded here: --help and wrong settings need neither API nor worker.
  const { checkServers } = await import('@codegen/worker');
  const { startSystem } = await import('../system.ts');
  const { createLog } = await import('../log.ts');
  const { unreachable, unlisted } = await checkServers(options.roles);
  const log = createLog(options.api.LOG_LEVEL);
  // The data of a service on any free port belongs to no later one.
  const durable = options.api.PORT !== 0;
  const dataDir = durable
    ? resolve(options.dataDir, String(options.api.PORT))
    : await mkdtemp(join(tmpdir(), 'codegen-'));
  const removeData = () => (durable ? Promise.resolve() : rm(dataDir, { recursive: true, force: true }));
  const system = await startSystem(options, { dataDir, durable, fast }, log).catch(async (error) => {
    await removeData();
    throw error;
  });
  process.stdout.write(startupMessage(system, options, [...settingWarnings(), ...unreachable, ...unlisted]));
  return {
    async stop() {
      process.stdout.write('\nStopping …\n');
      await system.close();
      await removeData();
    },
    failed: system.failed,
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
