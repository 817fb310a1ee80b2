import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.ts';
import { setRules } from './model-rules.ts';

const JUMP_MS = 10 * 60_000;

export const clockJumped: Fault = {
  name: 'clock-jumped',
  what: 'the clock of a worker and of an API jumps by ten minutes, and back, while models fail now and then',
  async strike({ site, random, brief }) {
    for (const sign of random.shuffled([1, -1])) {
      const units = [random.pick(site.workers), random.pick(site.apis)];
      // So that stages are put off, by the wrong clock.
      const reset = await setRules(site, [
        { fault: { kind: 'rate-limit' }, times: 4 },
        { fault: { kind: 'status', status: 503 }, times: 4 },
      ]);
      await Promise.all(units.map((unit) => unit.order({ kind: 'clock', ms: sign * JUMP_MS })));
      await sleep(brief ? 2_000 : 5_000);
      await Promise.all(units.map((unit) => unit.order({ kind: 'clock', ms: -sign * JUMP_MS })));
      await reset();
    }
  },
};
