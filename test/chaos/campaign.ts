import { setTimeout as sleep } from 'node:timers/promises';
import { waitForCleanup } from './checks/leaks.ts';
import { createReport, type Report } from './checks/report.ts';
import { completeRequest } from './client/client.ts';
import { createHistory, type History } from './client/history.ts';
import { recordReferences } from './client/references.ts';
import { randomRequest } from './client/requests.ts';
import type { Fault } from './faults/fault.ts';
import { type Random, seeded } from './random.ts';
import { startSystem } from './system/system.ts';
import { measureSystem } from './system/usage.ts';

export interface CampaignOptions {
  readonly seed: number;
  /** Duration of fault injection; 0: each fault once. */
  readonly minutes: number;
  readonly faults: readonly Fault[];
  readonly fsync: 'always' | 'everysec';
  readonly sentinel: boolean;
  readonly clients: number;
  /** Receives progress messages. */
  readonly log: (line: string) => void;
}

/** Time limit for accepted jobs to finish after the last fault. */
const TIMEOUT_MS = 60_000;

/** Injects one fault after another into a system under load and checks the outcome of all requests. */
export async function runCampaign(options: CampaignOptions): Promise<Report> {
  const { seed, minutes, faults, fsync, sentinel, clients, log } = options;
  // Jobs of a long campaign expire; jobs of a short one are deleted.
  const expire = minutes > 0;
  await using system = await startSystem({
    fsync,
    sentinel,
    simulator: ['--latency-ms', '250'],
    env: expire ? { JOB_RETENTION: '60' } : {},
  });
  log(`seed ${seed}; output of the processes: ${system.dir}`);
  const references = await recordReferences(system);
  const before = await measureSystem(system);
  const history = createHistory();
  const random = seeded(seed);
  const load = startLoad({ urls: system.urls, history, random: seeded(seed + 1), clients, pauseMs: 200 });
  const startedAt = Date.now();
  const until = startedAt + minutes * 60_000;
  const scenario = { system, history, random, brief: minutes === 0 };
  do {
    for (const fault of random.shuffled(faults)) {
      await sleep(scenario.brief ? random.between(100, 500) : random.between(500, 3_000));
      log(
        `${((Date.now() - startedAt) / 1_000).toFixed(0).padStart(5)} s  ${fault.name}: ${fault.description}`,
      );
      await fault.inject(scenario).catch((error) => {
        const waiting = history.records
          .filter(({ job }) => job === null)
          .map(({ latest }) => JSON.stringify(latest));
        throw new Error(`${fault.name} could not be injected; unfinished jobs:\n${waiting.join('\n')}`, {
          cause: error,
        });
      });
      if (minutes > 0 && Date.now() > until) break;
    }
  } while (Date.now() < until);
  log('last fault injected; waiting for unfinished jobs');
  const lastFaultAt = Date.now();
  await load.finish(TIMEOUT_MS);
  const jobs = expire ? [] : history.records.flatMap((record) => record.jobs.map(({ id }) => id));
  const after = await waitForCleanup(system, before, jobs);
  return createReport({ system, history, references, startedAt, lastFaultAt, before, after });
}

/** Closed-loop load: each client sends its next request when the previous job has finished. */
interface Load {
  /** Stops new requests and waits until all jobs have finished, at most `timeoutMs`. */
  finish(timeoutMs: number): Promise<void>;
}

interface LoadOptions {
  readonly urls: readonly string[];
  readonly history: History;
  readonly random: Random;
  readonly clients: number;
  /** Maximum pause between requests of a client, in ms. */
  readonly pauseMs: number;
}

const PAUSE_AFTER_FAILURE_MS = 2_000;

function startLoad({ urls, history, random, clients, pauseMs }: LoadOptions): Load {
  const timeout = new AbortController();
  let stopped = false;
  let index = 0;
  const client = async () => {
    while (!stopped) {
      const record = history.begin(randomRequest(++index, random));
      await completeRequest(record, { urls, signal: timeout.signal });
      await sleep(random.between(0, pauseMs));
      if (record.job?.status === 'failed') await sleep(PAUSE_AFTER_FAILURE_MS);
    }
  };
  const running = Array.from({ length: clients }, client);
  return {
    async finish(timeoutMs) {
      stopped = true;
      const timer = setTimeout(() => timeout.abort(), timeoutMs);
      await Promise.all(running);
      clearTimeout(timer);
    },
  };
}
