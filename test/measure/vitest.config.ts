import { defineConfig } from 'vitest/config';

/** Measurements for docs/operations.md. Run on an idle machine: `npx vitest run --config test/measure/vitest.config.ts` */
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/../..`,
    include: ['test/measure/*.measure.ts'],
    globalSetup: ['packages/testing/src/redis/global-setup.ts'],
    fileParallelism: false,
    disableConsoleIntercept: true,
    testTimeout: 600_000,
  },
});
