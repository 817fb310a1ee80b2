/** Internals that tests of other packages inspect. Product code imports the package itself. */
export { createRunStore, type RunStore } from './jobs/run-store.ts';
export { type Connection, connectBlocking } from './redis/connection.ts';
export { keysOf } from './redis/keys.ts';
