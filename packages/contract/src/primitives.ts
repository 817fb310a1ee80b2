import { z } from 'zod';
import { EFFORTS, FAILURE_CODES, ROLES, ROUTES } from './names.ts';

/** The same value, read-only at every depth. */
export type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

export const timeSchema = z.iso.datetime();
export const durationSchema = z.int().min(0);
export const costSchema = z.number().min(0).nullable().describe('US dollars; null if unknown');
export const countSchema = z.int().min(0).nullable();

export const roleSchema = z.enum(ROLES);
export type Role = z.output<typeof roleSchema>;

export const routeSchema = z.enum(ROUTES);
export type Route = z.output<typeof routeSchema>;

export const effortSchema = z.enum(EFFORTS);
export type Effort = z.output<typeof effortSchema>;

export const failureCodeSchema = z
  .enum(FAILURE_CODES)
  .meta({ id: 'FailureCode', description: 'Why a stage or one of its model calls failed.' });
export type FailureCode = z.output<typeof failureCodeSchema>;

/** Refuses an own `__proto__` entry, which `z.record` would drop silently. The JSON schema is that of `record`. */
export const plainRecord = <T extends z.ZodType<unknown, unknown>>(record: T) =>
  z
    .unknown()
    .refine((value) => !hasPrototypeEntry(value), 'no entry can be named __proto__')
    .pipe(record)
    .meta({
      override({ jsonSchema }: { jsonSchema: object }) {
        const { $schema: _, ...described } = z.toJSONSchema(record, { io: 'input' });
        Object.assign(jsonSchema, described);
      },
    });

const hasPrototypeEntry = (value: unknown) =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__');
