import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{apps,packages}/*/test/**/*.test.ts', '{benchmarks,eval,test}/**/*.test.ts'],
    // On containers: `npm run test:compose`.
    exclude: ['test/compose/**', '**/node_modules/**'],
    globalSetup: ['packages/testing/src/redis/global-setup.ts'],
    // Tests wait more than they compute.
    maxWorkers: 3,
    // Generous: these only end what hangs. Tests wait for conditions, never for a time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
