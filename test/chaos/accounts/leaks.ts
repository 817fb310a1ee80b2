import type { Levels, Vitals } from '../vitals.ts';

/** MiB that a process may have grown by: code that was compiled and caches that have a bound. */
const GROWTH = 24;
/** Files and sockets that come and go. */
const SLACK = 4;

/** Of a run, a request or a caller: a name of a key that was made for one of them. */
const OWN = /[0-9a-f]{8}-[0-9a-f]{4}-|idempotency|under-way|unqueued|:jobs:|:expiry$/;

/** What is held after all is over that was not held before. */
export function leaksIn(before: Levels, after: Levels): string[] {
  const told = after.keys
    .filter((key) => OWN.test(key) && !before.keys.includes(key))
    .map((key) => `${key} is left in Redis`);
  if (after.connections > before.connections)
    told.push(`${after.connections} connections to Redis, ${before.connections} before`);
  for (const [name, now] of Object.entries(after.units)) {
    const was = before.units[name];
    if (was) told.push(...growth(was, now).map((what) => `${name}: ${what}`));
  }
  return told;
}

function growth(was: Vitals, now: Vitals): string[] {
  const told: string[] = [];
  if (now.files > was.files + SLACK) told.push(`${now.files} open files, ${was.files} before`);
  if (now.heap !== null && was.heap !== null && now.heap > was.heap + GROWTH)
    told.push(`${now.heap.toFixed(0)} MiB of heap, ${was.heap.toFixed(0)} before`);
  for (const [kind, count] of Object.entries(now.resources)) {
    const before = was.resources[kind] ?? 0;
    if (count > before + SLACK) told.push(`${count} ${kind}, ${before} before`);
  }
  return told;
}

/** The levels of every process as a table of Markdown. */
export function levelTable(before: Levels, after: Levels): string {
  const figure = (value: number | null | undefined) => (value == null ? '–' : value.toFixed(0));
  const rows = Object.entries(after.units).map(([name, now]) => {
    const was = before.units[name];
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
