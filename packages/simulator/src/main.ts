#!/usr/bin/env node
import { FlagError, readFlags, usage } from './flags.ts';
import { startSimulator } from './simulator.ts';

try {
  const { help, options, faults } = readFlags(process.argv.slice(2));
  if (help) console.log(usage);
  else {
    const simulator = await startSimulator(options);
    for (const fault of faults) simulator.faults.add(fault);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => simulator.close());
    console.log(simulator.baseUrl);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof FlagError ? 2 : 1;
}
