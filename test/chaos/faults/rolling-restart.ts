import type { Fault } from './fault.ts';

export const rollingRestart: Fault = {
  name: 'rolling-restart',
  what: 'SIGTERM of every worker and API, one after another, each started again when it is gone',
  async strike({ site, random }) {
    for (const unit of random.shuffled([...site.workers, ...site.apis])) {
      await unit.drain();
      await unit.start();
    }
  },
};
