import { integer } from './field.ts';

/** Seconds a process that was told to stop may take to finish what it has in hand. */
export const shutdownGrace = integer(0, 3_600, 30).describe(
  'Seconds a process that was told to stop may still work; then stages go back to the queue',
);
