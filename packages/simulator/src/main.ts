#!/usr/bin/env node
import { onStopSignals, UsageError } from '@codegen/settings';
import { readCommandLine, USAGE } from './command-line.ts';
import { startSimulator } from './simulator.ts';

try {
  const { help, options, faults } = readCommandLine(process.argv.slice(2));
  if (help) console.log(USAGE);
  else {
    const simulator = await startSimulator(options);
    for (const fault of faults) simulator.faults.add(fault);
    onStopSignals(
      () => simulator.close(),
      () => process.exit(1),
    );
    console.log(simulator.baseUrl);
    // On stderr: programs read the address from stdout.
    console.error('Simulated models; no model is called. Flags: npm run simulator -- --help. Ctrl-C stops.');
  }
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  console.error(error instanceof UsageError ? `${message}\n\n${USAGE}` : message);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
