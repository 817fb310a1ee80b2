import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOG_FILES } from '@codegen/pipeline';
import type { Fault, Scenario } from './fault.ts';
import { setRules } from './models.ts';

export const logFull: Fault = {
  name: 'log-full',
  description: 'the disk with a worker’s stage logs is full',
  inject: (scenario) =>
    replaceLogs(scenario, async (path) => {
      await mkdir(path);
      for (const file of LOG_FILES) await symlink('/dev/full', join(path, file));
    }),
};

/** Replaces the folder by a file, because permissions do not restrict a worker that runs as root. */
export const logForbidden: Fault = {
  name: 'log-forbidden',
  description: 'the folder of a worker’s stage logs cannot be written to',
  inject: (scenario) => replaceLogs(scenario, (path) => writeFile(path, '')),
};

async function replaceLogs({ system, random, brief }: Scenario, make: (path: string) => Promise<void>) {
  const restore = await system.logs(random.pick(system.workers)).replace(make);
  await sleep(brief ? 1_500 : 5_000);
  await restore();
}

const JUMP_MS = 10 * 60_000;
const TIMEOUT_MS = 10_000;
/** Less than the delay of the retry, and enough for the delay to be recorded. */
const DELAY_MS = 400;

export const clockJumped: Fault = {
  name: 'clock-jumped',
  description: 'the clocks of a worker and an API jump by ten minutes, and back while retries are delayed',
  async inject({ system, random }) {
    for (const sign of random.shuffled([1, -1])) {
      const processes = [random.pick(system.workers), random.pick(system.apis)] as const;
      await Promise.all(processes.map((process) => process.command({ kind: 'clock', ms: sign * JUMP_MS })));
      const reset = await setRules(system, [{ fault: { kind: 'rate-limit', retryAfterSeconds: 1 } }]);
      const { caller } = processes[0].run();
      const isDelayed = (call: { caller: string; status: string }) =>
        call.caller === caller && call.status === 'fault';
      await system.calls.next(isDelayed, TIMEOUT_MS).catch(() => null);
      await sleep(DELAY_MS);
      await Promise.all(processes.map((process) => process.command({ kind: 'clock', ms: -sign * JUMP_MS })));
      await reset();
    }
  },
};
