import { z } from 'zod';

/** A record passes over this name as if it were not there. */
const hasPrototype = (value: unknown) =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__');

/** To be piped into the schema of a record, which would drop an entry of this name without a word. */
export const plainObject = z
  .unknown()
  .refine((value) => !hasPrototype(value), 'no entry can be named __proto__');
