import { z } from 'zod';

/** A record passes over this name as if it were not there. */
const hasPrototype = (value: unknown) =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__');

/** A record that refuses an entry of this name, which it would drop without a word, and is described as it was. */
export const plainRecord = <T extends z.ZodType<unknown, unknown>>(record: T) =>
  z
    .unknown()
    .refine((value) => !hasPrototype(value), 'no entry can be named __proto__')
    .pipe(record)
    .meta({
      override: ({ jsonSchema }) => {
        const { $schema: _, ...described } = z.toJSONSchema(record, { io: 'input' });
        Object.assign(jsonSchema, described);
      },
    });
