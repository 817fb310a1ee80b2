import { rm } from 'node:fs/promises';
import { UsageError } from '@codegen/settings';
import { type CampaignOptions, runCampaign } from './campaign.ts';
import { findLeaks, usageTable } from './checks/leaks.ts';
import { findViolations, reportTable } from './checks/report.ts';
import { readCommandLine, USAGE } from './command-line.ts';
import { runCrowd } from './crowd.ts';
import { runOverload } from './overload.ts';

/** Limit for a health check under overload. */
const MAX_HEALTH_MS = 1_000;

try {
  const violations = await main(process.argv.slice(2));
  for (const violation of violations) console.log(`✗ ${violation}`);
  process.exit(violations.length === 0 ? 0 : 1);
} catch (error) {
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error);
  process.exit(error instanceof UsageError ? 2 : 1);
}

/** Runs a scenario and prints its figures. @returns the violated guarantees */
async function main(args: readonly string[]): Promise<string[]> {
  const { help, scenario, ...options } = readCommandLine(args);
  if (help) {
    console.log(USAGE);
    return [];
  }
  if (scenario === 'overload') return reportOverload(options.minutes * 60);
  if (scenario === 'crowd') return reportCrowd(options.clients);
  return reportCampaign(options);
}

async function reportCampaign(options: Omit<CampaignOptions, 'log'>): Promise<string[]> {
  const report = await runCampaign({ ...options, log: (line) => console.error(line) });
  console.log(`${reportTable(report)}\n\n${usageTable(report.before, report.after)}`);
  const violations = findViolations(report);
  if (violations.length === 0) await rm(report.dir, { recursive: true });
  return violations;
}

async function reportOverload(seconds: number): Promise<string[]> {
  const { sent, served, shed, unexpected, slowestHealthMs, before, after } = await runOverload(seconds);
  console.log(`${sent} requests in ${seconds} s: ${served} served, ${shed} refused as overloaded`);
  console.log(`slowest health check: ${slowestHealthMs.toFixed(0)} ms\n\n${usageTable(before, after)}`);
  return [
    ...unexpected,
    ...(slowestHealthMs > MAX_HEALTH_MS ? [`a health check took ${slowestHealthMs.toFixed(0)} ms`] : []),
    ...(shed === 0 ? ['no request was refused'] : []),
    ...findLeaks(before, after),
  ];
}

async function reportCrowd(size: number): Promise<string[]> {
  const { idle, waiting, following, unexpected, before, after } = await runCrowd(size);
  const heapPerClient = (now: number, was: number) => (((now - was) * 1_024) / size).toFixed(1);
  console.log('| API process | resident, MiB | heap, MiB | KiB of heap per client |\n|---|---:|---:|---:|');
  const rows = [
    ['idle', idle, null],
    [`${size} waiting requests`, waiting, idle],
    [`and ${size} event streams`, following, waiting],
  ] as const;
  for (const [state, { resident, heap }, was] of rows) {
    const perClient = was === null ? '–' : heapPerClient(heap ?? 0, was.heap ?? 0);
    console.log(`| ${state} | ${resident.toFixed(0)} | ${heap?.toFixed(0)} | ${perClient} |`);
  }
  console.log(`\n${usageTable(before, after)}`);
  return [...unexpected, ...findLeaks(before, after)];
}
