/** Internals that tests of other packages inspect. Product code imports the package itself. */
export { createEventStreamParser } from './event-stream.ts';
