import { defineConfig } from 'vitest/config';

/** `npm run test:compose`: the image and the compose files, on a Docker engine. */
export default defineConfig({
  test: {
    include: ['test/compose/**/*.test.ts'],
    globalSetup: ['test/compose/global-setup.ts'],
    // One stack at a time: together they would only wait for each other.
    fileParallelism: false,
    // Generous: these only end what hangs. Tests wait for conditions, never for a time.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 120_000,
  },
});
