import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, accountOf } from './accounts/account.ts';
import { aftermath } from './aftermath.ts';
import type { Fault } from './faults/fault.ts';
import { openLedger } from './ledger.ts';
import { startLoad } from './load.ts';
import { seeded } from './random.ts';
import { takeReferences } from './references.ts';
import { openSite } from './site.ts';
import { levelsOf } from './vitals.ts';

export interface CampaignOptions {
  readonly seed: number;
  /** How long faults strike; 0: each fault once. */
  readonly minutes: number;
  readonly faults: readonly Fault[];
  readonly fsync: 'always' | 'everysec';
  readonly sentinel: boolean;
  readonly clients: number;
  /** Told what is done. */
  readonly tell: (line: string) => void;
}

/** What was accepted before the last fault is to be over so many milliseconds after it. */
const PATIENCE_MS = 60_000;

/** Breaks one part after another of a system under load, puts it right, and accounts for all that was asked. */
export async function campaign(options: CampaignOptions): Promise<Account> {
  const { seed, minutes, faults, fsync, sentinel, clients, tell } = options;
  // In a long run jobs expire while it goes on; after a brief one they are deleted.
  const expire = minutes > 0;
  await using site = await openSite({
    fsync,
    sentinel,
    simulator: ['--latency-ms', '250'],
    env: expire ? { JOB_RETENTION: '60' } : {},
  });
  tell(`seed ${seed}; what the processes say is in ${site.dir}`);
  const references = await takeReferences(site);
  const before = await levelsOf(site);
  const ledger = openLedger();
  const random = seeded(seed);
  const load = startLoad({ urls: site.urls, ledger, random: seeded(seed + 1), clients, pauseMs: 200 });
  const beganAt = Date.now();
  const until = beganAt + minutes * 60_000;
  const scene = { site, ledger, random, brief: minutes === 0 };
  do {
    for (const fault of random.shuffled(faults)) {
      await sleep(scene.brief ? random.between(100, 500) : random.between(500, 3_000));
      tell(`${((Date.now() - beganAt) / 1_000).toFixed(0).padStart(5)} s  ${fault.name}: ${fault.what}`);
      await fault.strike(scene).catch((error) => {
        const waiting = ledger.entries
          .filter(({ job }) => job === null)
          .map(({ latest }) => JSON.stringify(latest));
        throw new Error(`${fault.name} could not strike; under way:\n${waiting.join('\n')}`, {
          cause: error,
        });
      });
      if (minutes > 0 && Date.now() > until) break;
    }
  } while (Date.now() < until);
  tell('no more faults; waiting for what is under way');
  const lastFaultAt = Date.now();
  await load.finish(PATIENCE_MS);
  const jobs = expire ? [] : ledger.entries.flatMap((entry) => entry.jobs.map(({ id }) => id));
  const after = await aftermath(site, before, jobs);
  return accountOf({ site, ledger, references, beganAt, lastFaultAt, before, after });
}
