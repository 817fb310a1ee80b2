import { loadDotEnv, parseCommandLine, SettingsError, UsageError } from '@codegen/settings';
import { readLocalOptions, settingWarnings } from '../config.ts';
import { printable } from '../terminal.ts';
import { type Check, fail, lineOf, pass } from './check.ts';

const USAGE = `Usage: npm run doctor

Checks the configuration, Redis, the model servers, the log folder and the port, and prints a line for each. Each primary
model gets two short calls. Exit codes: 0 all in order, 1 something is wrong, 2 wrong usage.
`;

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof UsageError) process.stderr.write(`\n${USAGE}`);
  return error instanceof UsageError ? 2 : 1;
});

/** @returns the exit code */
async function main(args: string[]): Promise<number> {
  const options = { help: { type: 'boolean', short: 'h', default: false } } as const;
  if (parseCommandLine({ args, options }).values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  // Loaded here: --help needs neither the queue nor the worker.
  const { checkLogFolder, checkPort, checkRedis } = await import('./machine-checks.ts');
  const { checkModels } = await import('./model-checks.ts');
  let failures = 0;
  const print = (checks: readonly Check[]) => {
    for (const check of checks) process.stdout.write(`${printable(lineOf(check))}\n`);
    failures += checks.filter(({ ok }) => !ok).length;
  };
  const settings = readSettings();
  if ('ok' in settings) print([settings]);
  else {
    const warnings = settingWarnings();
    if (warnings.length === 0) print([pass('configuration', 'the settings are valid')]);
    else print([fail('configuration', warnings.join(' '), 'correct the names')]);
    print(await checkRedis(settings));
    print(await checkModels(settings.roles));
    print([await checkLogFolder(settings.worker.LOG_DIR)]);
    print([await checkPort(settings.api.PORT, settings.api.HOST)]);
  }
  process.stdout.write(failures === 0 ? '\nAll in order.\n' : `\n${failures} to mend, see ✗.\n`);
  return failures === 0 ? 0 : 1;
}

/** The settings, or the failed check of them. */
function readSettings() {
  try {
    loadDotEnv();
    return readLocalOptions();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return fail(
      'configuration',
      error.message,
      'correct it in .env or in the environment; see docs/configuration.md',
    );
  }
}
