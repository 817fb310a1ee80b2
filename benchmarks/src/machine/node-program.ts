import { join } from 'node:path';
import type { Answered } from './probe.ts';
import { type Program, startProgram } from './program.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const PROBE = join(import.meta.dirname, 'probe.ts');

/** A Node program of the system under test. */
export interface NodeProgram extends Program {
  /** What its memory is after garbage was collected. */
  memory(): Promise<Answered>;
}

export interface NodeProgramOptions {
  /** From the root of the project. */
  readonly entry: string;
  readonly args?: readonly string[];
  readonly dir: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Folder for a CPU profile, written when the program ends by itself. */
  readonly profile?: string | null;
}

export function startNode(name: string, options: NodeProgramOptions): NodeProgram {
  const { entry, args = [], dir, env = {}, profile } = options;
  const profiling = profile
    ? ['--cpu-prof', `--cpu-prof-dir=${profile}`, `--cpu-prof-name=${name}.cpuprofile`]
    : [];
  const program = startProgram(name, {
    command: process.execPath,
    args: ['--expose-gc', ...profiling, '--import', PROBE, join(ROOT, entry), ...args],
    dir,
    env: { NODE_ENV: 'production', ...env },
    channel: true,
  });
  const { child } = program;
  return {
    ...program,
    memory: () =>
      new Promise((resolve, reject) => {
        child.once('message', (answer) => resolve(answer as Answered));
        child.once('exit', () => reject(new Error(`${name} has ended`)));
        child.send('memory');
      }),
  };
}
