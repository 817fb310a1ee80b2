/**
 * Time for a reply of Redis in tests, in ms. The test files, the service and an embedded Redis share two processors, where
 * the 1.5 s of production may pass on a loaded machine. Tests of a Redis that fails use the time of production.
 */
export const REDIS_TIMEOUT_MS = 15_000;
