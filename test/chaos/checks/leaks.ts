import { closeConnections, send } from '../client/http.ts';
import type { System } from '../system/system.ts';
import { waitUntil } from '../system/until.ts';
import { measureSystem, type ProcessUsage, type SystemUsage } from '../system/usage.ts';

/** Allowed heap growth in MiB, for compiled code and bounded caches. */
const MAX_HEAP_GROWTH = 24;
/** Allowed number of additional files or sockets. */
const MAX_ADDITIONAL = 4;

/** Redis keys that belong to a single run, request or caller. */
const TEMPORARY_KEY = /[0-9a-f]{8}-[0-9a-f]{4}-|idempotency|in-flight|unconfirmed|:jobs:|:expiry$/;

/** Resources that are still in use after all jobs were removed, one line each. */
export function findLeaks(before: SystemUsage, after: SystemUsage): string[] {
  const found = after.keys
    .filter((key) => TEMPORARY_KEY.test(key) && !before.keys.includes(key))
    .map((key) => `${key} is left in Redis`);
  if (after.connections > before.connections)
    found.push(`${after.connections} connections to Redis, ${before.connections} before`);
  for (const [name, now] of Object.entries(after.processes)) {
    const was = before.processes[name];
    if (was) found.push(...findProcessLeaks(was, now).map((what) => `${name}: ${what}`));
  }
  return found;
}

function findProcessLeaks(was: ProcessUsage, now: ProcessUsage): string[] {
  const found: string[] = [];
  if (now.files > was.files + MAX_ADDITIONAL) found.push(`${now.files} open files, ${was.files} before`);
  if (now.heap !== null && was.heap !== null && now.heap > was.heap + MAX_HEAP_GROWTH)
    found.push(`${now.heap.toFixed(0)} MiB of heap, ${was.heap.toFixed(0)} before`);
  for (const [kind, count] of Object.entries(now.resources)) {
    const before = was.resources[kind] ?? 0;
    if (count > before + MAX_ADDITIONAL) found.push(`${count} ${kind}, ${before} before`);
  }
  return found;
}

/** Usage of every process as a Markdown table. */
export function usageTable(before: SystemUsage, after: SystemUsage): string {
  const figure = (value: number | null | undefined) => (value == null ? '–' : value.toFixed(0));
  const rows = Object.entries(after.processes).map(([name, now]) => {
    const was = before.processes[name];
    const pairs = [
      [was?.files, now.files],
      [was?.resources.Timeout, now.resources.Timeout],
      [was?.heap, now.heap],
      [was?.resident, now.resident],
    ];
    return `| ${name} | ${pairs.map(([a, b]) => `${figure(a)} → ${figure(b)}`).join(' | ')} |`;
  });
  return [
    '| process | open files | timers | heap, MiB | resident, MiB |',
    '|---|---:|---:|---:|---:|',
    ...rows,
    '',
    `Keys in Redis: ${before.keys.length} → ${after.keys.length}; connections: ${before.connections} → ${after.connections}.`,
  ].join('\n');
}

/** Longer than the retention of jobs and the interval of maintenance. */
const TIMEOUT_MS = 120_000;

/**
 * Deletes `jobs`, waits until the others expire and usage is back to `before`. @returns the last measured usage, also
 * after a timeout
 */
export async function waitForCleanup(
  system: System,
  before: SystemUsage,
  jobs: Iterable<string>,
): Promise<SystemUsage> {
  for (const id of jobs) await send(`${system.urls[0]}/jobs/${id}`, { method: 'DELETE' });
  closeConnections();
  // Workers keep their connections to the model server open for longer than the timeout.
  await system.simulator.kill();
  let after = await measureSystem(system);
  const isBack = async () => {
    after = await measureSystem(system);
    return findLeaks(before, after).length === 0;
  };
  await waitUntil('usage is back to its level before the load', isBack, {
    timeoutMs: TIMEOUT_MS,
    everyMs: 1_000,
  }).catch(() => {});
  return after;
}
