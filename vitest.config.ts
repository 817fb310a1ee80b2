import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { HANG_MS } from './packages/testing/src/timeouts.ts';

/** Folders and files whose tests start many processes or wait longest, slowest first. They run first, so that the run ends with short ones. */
const SLOW = [
  'test/browser/playground',
  'test/chaos/',
  'test/e2e/cli',
  'apps/worker/test/model/size-limits',
  'test/topologies/',
  'packages/sandbox/',
  'test/e2e/',
  'test/packages/',
  'test/contract/',
  'test/conformance/bullmq',
  'packages/queue/test/flow/',
  'packages/queue/test/runs/submission',
  'packages/client/test/',
  'test/browser/',
  'test/sandbox/',
  'eval/test/',
  'apps/api/test/',
];

class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]) {
    const rank = ({ moduleId }: TestSpecification) => {
      const found = SLOW.findIndex((path) => moduleId.includes(`/${path}`));
      return found === -1 ? SLOW.length : found;
    };
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other));
  }
}

/** Tests of what a Redis itself does: scripts, blocking commands, subscriptions, streams, expiry. Others behave the same on any. */
const ON_REDIS = [
  'packages/queue/test/flow/{fairness,flow,flow-recovery,lost-jobs,maintenance,stage-worker}.test.ts',
  'packages/queue/test/runs/*.test.ts',
  'packages/queue/test/models/{breakers,call-limits,cooldowns}.test.ts',
  'packages/queue/test/presence/*.test.ts',
  'packages/queue/test/redis/poller.test.ts',
  'packages/queue/test/webhooks/{outbox,webhook-worker}.test.ts',
  'test/conformance/bullmq.test.ts',
];

const isEmbedded = process.env.TEST_REDIS === 'embedded';

export default defineConfig({
  test: {
    include: isEmbedded
      ? ON_REDIS
      : ['{apps,packages}/*/test/**/*.test.ts', '{benchmarks,eval,test}/**/*.test.ts'],
    // On containers: `npm run test:compose`.
    exclude: ['test/compose/**', '**/node_modules/**'],
    globalSetup: ['packages/testing/src/redis/global-setup.ts'],
    // Files of a worker share loaded modules: to load the service takes longer than most files run. A test restores what it
    // changes outside its file, such as timers and environment variables.
    isolate: false,
    // Programs that tests start share compiled modules.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url)) },
    sequence: { sequencer: SlowFirst },
    // Tests often wait. On two processors, the suite takes 386 s with three workers, 367 s with four and 355 s with five, which keep
    // the processors busy for 86 % of the time. The embedded Redis is one process that computes as much as the tests.
    maxWorkers: isEmbedded ? 1 : 5,
    // Generous: these only end what hangs. Tests wait for conditions, never for a time.
    testTimeout: 2 * HANG_MS,
    hookTimeout: 2 * HANG_MS,
    expect: { poll: { timeout: HANG_MS } },
  },
});
