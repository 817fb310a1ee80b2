import { rm } from 'node:fs/promises';
import { findRedisServer } from '@codegen/cli/redis';
import { HANG_MS } from '@codegen/testing/timeouts';
import { describe, expect, test } from 'vitest';
import { runCampaign } from './campaign.ts';
import { findViolations, reportTable } from './checks/report.ts';
import { FAULTS } from './faults/catalogue.ts';

/** The faults that take little time; `npm run chaos` runs all. */
const QUICK_FAULTS = [
  'worker-killed',
  'report-lost',
  'worker-hung',
  'hand-back',
  'signal-twice',
  'rolling-restart',
  'api-killed',
  'redis-restarted',
  'power-cut',
  'connections-cut',
  'memory-full',
  'models-failing',
  'models-failing-in-every-way',
  'log-full',
  'log-forbidden',
  'clock-jumped',
];

const server = await findRedisServer(process.env.PATH ?? '');

describe.skipIf(!server?.endsWith('redis-server'))('a system under load with injected faults', () => {
  test(
    'finishes every accepted job, repeats no call without need and returns no wrong result',
    async () => {
      const faults = FAULTS.filter(({ name }) => QUICK_FAULTS.includes(name));
      expect(faults).toHaveLength(QUICK_FAULTS.length);
      const options = { seed: 5, minutes: 0, fsync: 'everysec', sentinel: false, clients: 6 } as const;
      const report = await runCampaign({ ...options, faults, log: () => {} });
      const violations = findViolations(report);
      expect(violations, `${reportTable(report)}\n${report.dir}`).toEqual([]);
      expect(report.records.length).toBeGreaterThan(faults.length);
      await rm(report.dir, { recursive: true });
    },
    5 * HANG_MS,
  );
});
