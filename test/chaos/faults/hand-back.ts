import type { Fault } from './fault.ts';
import { setRules } from './model-rules.ts';

export const handBack: Fault = {
  name: 'hand-back',
  what: 'SIGTERM of a worker whose models hang for longer than its grace period',
  async strike({ site, random }) {
    const worker = random.pick(site.workers);
    const { caller } = worker.life();
    const reset = await setRules(site, [{ fault: { kind: 'hang' } }]);
    await site.calls.next((call) => call.caller === caller && call.fault === 'hang');
    await worker.drain();
    await reset();
    await worker.start();
  },
};
