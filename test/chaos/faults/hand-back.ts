import type { Fault } from './fault.ts';
import { setRules } from './model-rules.ts';

const PATIENCE_MS = 20_000;

export const handBack: Fault = {
  name: 'hand-back',
  what: 'SIGTERM of a worker whose models hang for longer than its grace period',
  async strike({ site, random }) {
    const worker = random.pick(site.workers);
    const { caller } = worker.life();
    const reset = await setRules(site, [{ fault: { kind: 'hang' }, times: 6 }]);
    await site.calls
      .next((call) => call.caller === caller && call.fault === 'hang', PATIENCE_MS)
      .catch(() => null);
    await worker.drain();
    await reset();
    await worker.start();
  },
};
