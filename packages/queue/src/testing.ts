/** Internals that tests of other packages inspect. Product code imports the package itself. */

export { type Connection, connectBlocking } from './redis/connection.ts';
export { keysOf } from './redis/keys.ts';
export { createRunStore, type RunStore } from './runs/run-store.ts';
