/** Time after which a wait counts as a hang, in ms. Generous: on a busy machine a process may take 20 s to start. */
export const HANG_MS = 120_000;

/**
 * Time for a reply of Redis in tests, in ms. The test files, the service and an embedded Redis share two processors, where
 * the 1.5 s of production may pass on a loaded machine. Tests of a Redis that fails use the time of production.
 */
export const REDIS_TIMEOUT_MS = 15_000;

/**
 * Lock duration of the jobs of workers in tests, in ms. A worker in a test file loses the 5 s of production to another one when
 * the machine is busy, and a stage is repeated. Tests of lost workers use shorter locks.
 */
export const LOCK_MS = 60_000;
