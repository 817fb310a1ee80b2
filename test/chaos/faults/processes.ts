import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { LOG_FILES } from '@codegen/pipeline';
import type { ManagedProcess } from '../system/process.ts';
import type { Fault } from './fault.ts';
import { setRules } from './models.ts';

/** Maximum time to wait for a call of the stage, in ms. */
const TIMEOUT_MS = 20_000;

const STAGES = ['classify', 'answer', 'clarify', 'interpret', 'generate', 'enhance', 'compare', 'polish'];

export const workerKilled: Fault = {
  name: 'worker-killed',
  description: 'kill -9 of a worker during each kind of stage',
  async inject({ system, history, random, brief }) {
    const stages = random.shuffled(STAGES).slice(0, brief ? 2 : STAGES.length);
    for (const stage of stages) {
      const worker: ManagedProcess = random.pick(system.workers);
      const { caller } = worker.run();
      const isHit = (call: { stage: string; status: string; caller: string }) =>
        call.status === 'open' && call.caller === caller && call.stage.startsWith(stage);
      await system.calls.next(isHit, TIMEOUT_MS).catch(() => null);
      const end = history.incident('kill', worker.name);
      await worker.kill();
      await worker.start();
      end();
    }
  },
};

const exec = promisify(execFile);

/**
 * A stage waits up to a second for its log entry. Logs that are unread pipes block that write, and the worker is killed
 * meanwhile.
 */
export const reportLost: Fault = {
  name: 'report-lost',
  description: 'kill -9 of a worker between the end of a model call and the record of it',
  async inject({ system, history, random }) {
    const worker = random.pick(system.workers);
    const restore = await system.logs(worker).replace(async (path) => {
      await mkdir(path);
      await exec(
        'mkfifo',
        LOG_FILES.map((file) => join(path, file)),
      );
    });
    const { caller } = worker.run();
    await system.calls.next((call) => call.caller === caller && call.status === 'answered');
    const end = history.incident('kill', worker.name);
    await worker.kill();
    await restore();
    await worker.start();
    end();
  },
};

/** Longer than the lock duration plus the interval of the stalled-job check. */
const HUNG_MS = 13_000;

export const workerHung: Fault = {
  name: 'worker-hung',
  description: 'the event loop of a worker is blocked for longer than its lock duration',
  async inject({ system, history, random }) {
    const worker = random.pick(system.workers);
    const end = history.incident('hung', worker.name);
    await worker.command({ kind: 'block', ms: HUNG_MS });
    end();
  },
};

export const handBack: Fault = {
  name: 'hand-back',
  description: 'SIGTERM of a worker whose models hang for longer than its grace period',
  async inject({ system, random }) {
    const worker = random.pick(system.workers);
    const { caller } = worker.run();
    const reset = await setRules(system, [{ fault: { kind: 'hang' } }]);
    await system.calls.next((call) => call.caller === caller && call.fault === 'hang');
    await worker.stop();
    await reset();
    await worker.start();
  },
};

/** Within the grace period. */
const SIGNAL_INTERVAL_MS = 100;

export const signalTwice: Fault = {
  name: 'signal-twice',
  description: 'SIGTERM of a worker whose models hang, and SIGINT within the grace period',
  async inject({ system, history, random }) {
    const worker = random.pick(system.workers);
    const run = worker.run();
    const reset = await setRules(system, [{ fault: { kind: 'hang' } }]);
    await system.calls.next((call) => call.caller === run.caller && call.fault === 'hang');
    const end = history.incident('kill', worker.name);
    run.killed = true;
    run.stoppedTwice = true;
    worker.signal('SIGTERM');
    await sleep(SIGNAL_INTERVAL_MS);
    // A second SIGTERM within 1 s would count as the first one.
    worker.signal('SIGINT');
    await worker.ended();
    await reset();
    await worker.start();
    end();
  },
};

export const rollingRestart: Fault = {
  name: 'rolling-restart',
  description: 'SIGTERM of every worker and API, one after another, each restarted after its exit',
  async inject({ system, random }) {
    for (const process of random.shuffled([...system.workers, ...system.apis])) {
      await process.stop();
      await process.start();
    }
  },
};

export const apiKilled: Fault = {
  name: 'api-killed',
  description: 'kill -9 of an API with waiting clients',
  async inject({ system, history, random }) {
    const api = random.pick(system.apis);
    const end = history.incident('kill', api.name);
    await api.kill();
    await sleep(random.between(0, 1_000));
    await api.start();
    end();
  },
};
