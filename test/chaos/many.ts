import { leaksIn, levelTable } from './accounts/leaks.ts';
import { crowd } from './crowd.ts';
import { overload } from './overload.ts';

/** A health check may take so long, however much there is to do. */
const HEALTH_MS = 1_000;

/** Arrivals at twice the capacity, told as a person wants it; resolves with what was not kept to. */
export async function tellOverload(seconds: number): Promise<string[]> {
  const { asked, served, shed, odd, slowestHealthMs, before, after } = await overload(seconds);
  console.log(`${asked} requests in ${seconds} s: ${served} served, ${shed} refused as overloaded`);
  console.log(`slowest health check: ${slowestHealthMs.toFixed(0)} ms\n\n${levelTable(before, after)}`);
  const late = slowestHealthMs > HEALTH_MS ? [`a health check took ${slowestHealthMs.toFixed(0)} ms`] : [];
  return [...odd, ...late, ...(shed === 0 ? ['nothing was refused'] : []), ...leaksIn(before, after)];
}

/** So many who wait and as many who follow; resolves with what was not kept to. */
export async function tellCrowd(size: number): Promise<string[]> {
  const { alone, waiting, following, odd, before, after } = await crowd(size);
  const more = (now: number, was: number) => (((now - was) * 1_024) / size).toFixed(1);
  console.log(
    '| API process | resident, MiB | heap, MiB | KiB of heap for each of them |\n|---|---:|---:|---:|',
  );
  const rows = [
    ['nobody', alone, null],
    [`${size} requests that wait`, waiting, alone],
    [`and ${size} event streams`, following, waiting],
  ] as const;
  for (const [who, { resident, heap }, was] of rows) {
    const each = was === null ? '–' : more(heap ?? 0, was.heap ?? 0);
    console.log(`| ${who} | ${resident.toFixed(0)} | ${heap?.toFixed(0)} | ${each} |`);
  }
  console.log(`\n${levelTable(before, after)}`);
  return [...odd, ...leaksIn(before, after)];
}
