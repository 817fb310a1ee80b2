import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { findRedisServer } from '@codegen/cli/redis';
import { searchPath } from '../config.ts';
import type { Peer } from '../peers/peer.ts';
import { findPostgres } from './stores.ts';

const TICK_MS = 10;

/** User and system CPU time of a process and its descendants, including ended ones, in ms. */
export function cpuMs(pid: number): number {
  const children = childrenOf();
  const total = (of: number): number => {
    const [, utime = 0, stime = 0, cutime = 0, cstime = 0] = statOf(of) ?? [];
    return (
      utime + stime + cutime + cstime + (children.get(of) ?? []).reduce((sum, child) => sum + total(child), 0)
    );
  };
  return total(pid) * TICK_MS;
}

/** Parent pid, then utime, stime, cutime and cstime in ticks; null if the process is gone. */
function statOf(pid: number): number[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [fields[1], fields[11], fields[12], fields[13], fields[14]].map(Number);
  } catch {
    return null;
  }
}

function childrenOf(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const [parent] = Number.isInteger(pid) ? (statOf(pid) ?? []) : [];
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  return children;
}

/** Hardware and software versions of this machine. */
export function describeMachine(): Readonly<Record<string, string | number>> {
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    // Average of the last five minutes.
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

/** Programs missing on this machine to measure these peers, and how to install them. */
export async function missingRequirements(peers: readonly Peer[]): Promise<string[]> {
  const missing: string[] = [];
  const needs = (store: Peer['store']) => peers.some((peer) => peer.store === store);
  if (!existsSync('/proc/self/stat')) missing.push('CPU time is read from /proc, which exists on Linux only');
  if (needs('redis') && (await findRedisServer(searchPath())) === null) {
    missing.push('there is no redis-server on the PATH: apt-get install redis-server');
  }
  if (needs('postgres') && findPostgres() === null) {
    missing.push(
      'PostgreSQL is not installed: apt-get install postgresql, or exclude dbos and langgraph with --only',
    );
  }
  return missing;
}
