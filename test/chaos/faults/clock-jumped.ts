import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.ts';
import { setRules } from './model-rules.ts';

const JUMP_MS = 10 * 60_000;
const PATIENCE_MS = 10_000;
/** Less than a stage is put off for, and enough for that to be on record. */
const PUT_OFF_MS = 400;

export const clockJumped: Fault = {
  name: 'clock-jumped',
  what: 'the clock of a worker and of an API jumps by ten minutes, and back while stages are put off by it',
  async strike({ site, random }) {
    for (const sign of random.shuffled([1, -1])) {
      const units = [random.pick(site.workers), random.pick(site.apis)] as const;
      await Promise.all(units.map((unit) => unit.order({ kind: 'clock', ms: sign * JUMP_MS })));
      const reset = await setRules(site, [{ fault: { kind: 'rate-limit', retryAfterSeconds: 1 } }]);
      const { caller } = units[0].life();
      const isPutOff = (call: { caller: string; status: string }) =>
        call.caller === caller && call.status === 'fault';
      await site.calls.next(isPutOff, PATIENCE_MS).catch(() => null);
      await sleep(PUT_OFF_MS);
      await Promise.all(units.map((unit) => unit.order({ kind: 'clock', ms: -sign * JUMP_MS })));
      await reset();
    }
  },
};
