import type { Unit } from '../unit.ts';
import type { Fault } from './fault.ts';

/** Milliseconds to wait for a stage that is to be hit. */
const PATIENCE_MS = 20_000;

const STAGES = ['classify', 'answer', 'clarify', 'interpret', 'generate', 'enhance', 'compare', 'polish'];

export const workerKilled: Fault = {
  name: 'worker-killed',
  what: 'kill -9 of a worker in the middle of each kind of stage',
  async strike({ site, ledger, random, brief }) {
    const stages = random.shuffled(STAGES).slice(0, brief ? 2 : STAGES.length);
    for (const stage of stages) {
      const worker: Unit = random.pick(site.workers);
      const { caller } = worker.life();
      const isHit = (call: { stage: string; status: string; caller: string }) =>
        call.status === 'open' && call.caller === caller && call.stage.startsWith(stage);
      await site.calls.next(isHit, PATIENCE_MS).catch(() => null);
      const over = ledger.incident('kill', worker.name);
      await worker.kill();
      await worker.start();
      over();
    }
  },
};
