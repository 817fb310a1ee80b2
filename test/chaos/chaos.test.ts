import { rm } from 'node:fs/promises';
import { findRedisServer } from '@codegen/cli/redis';
import { describe, expect, test } from 'vitest';
import { breachesOf } from './accounts/breaches.ts';
import { tableOf } from './accounts/table.ts';
import { campaign } from './campaign.ts';
import { FAULTS } from './faults/index.ts';

/** The quick ones, most of all that a process can suffer; `npm run chaos` has all of them, and time. */
const BRIEFLY = [
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

describe.skipIf(!server?.endsWith('redis-server'))(
  'a system that is broken, part by part, under load',
  () => {
    test('answers whatever it accepted, pays once, and is never silently wrong', async () => {
      const faults = FAULTS.filter(({ name }) => BRIEFLY.includes(name));
      expect(faults).toHaveLength(BRIEFLY.length);
      const options = { seed: 5, minutes: 0, fsync: 'everysec', sentinel: false, clients: 8 } as const;
      const account = await campaign({ ...options, faults, tell: () => {} });
      const breaches = breachesOf(account);
      expect(breaches, `${tableOf(account)}\n${account.dir}`).toEqual([]);
      expect(account.entries.length).toBeGreaterThan(faults.length);
      await rm(account.dir, { recursive: true });
    }, 300_000);
  },
);
