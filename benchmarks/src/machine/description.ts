import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';

/** What the figures were measured on. */
export function describeMachine(): Readonly<Record<string, string | number>> {
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    // Of the last five minutes.
    load: Number((loadavg()[1] ?? 0).toFixed(2)),
    node: process.version,
    redis: versionOf('redis-server', ['--version']),
    postgres: versionOf('psql', ['--version']),
  };
}

function versionOf(command: string, args: string[]): string {
  try {
    return /\d+\.\d+(?:\.\d+)?/.exec(execFileSync(command, args, { encoding: 'utf8' }))?.[0] ?? 'unknown';
  } catch {
    return 'none';
  }
}
