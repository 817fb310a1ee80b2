import { z } from 'zod';

/** The schema of one environment variable. Its description is the variable's documentation. */
export type Setting = z.ZodType<unknown, string | undefined>;

const DIGITS = /^\d{1,15}$/;

/** A whole number from `min` to `max`. */
export const integer = <Preset extends number | null>(min: number, max: number, preset: Preset) =>
  z
    .string()
    .optional()
    .transform((text, context): number | Preset => {
      if (text === undefined) return preset;
      const value = DIGITS.test(text) ? Number(text) : Number.NaN;
      if (value >= min && value <= max) return value;
      context.addIssue({ code: 'custom', message: `a whole number from ${min} to ${max}` });
      return z.NEVER;
    });

/** A number from `min` to `max`, such as `0.2`; null when not set. */
export const decimal = (min: number, max: number) =>
  z
    .string()
    .optional()
    .transform((text, context) => {
      if (text === undefined) return null;
      const value = /^\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : Number.NaN;
      if (value >= min && value <= max) return value;
      context.addIssue({ code: 'custom', message: `a number from ${min} to ${max}` });
      return z.NEVER;
    });

/** A JSON object whose values match `value`; empty when not set. `example` is shown in errors. */
export const jsonObject = <Value>(value: z.ZodType<Value>, example: string) =>
  z
    .string()
    .optional()
    .transform((text, context): Readonly<Record<string, Value>> => {
      if (text === undefined) return {};
      const parsed = z.record(z.string(), value).safeParse(parseJson(text));
      if (parsed.success) return parsed.data;
      context.addIssue({ code: 'custom', message: `a JSON object such as ${example}` });
      return z.NEVER;
    });

/** Undefined for text that is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const UNIT_SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** A duration in seconds, or with a unit: `90m`, `12h`, `7d`. `min`, `max` and the result are in seconds. */
export const duration = (min: number, max: number, preset: number) =>
  z
    .string()
    .optional()
    .transform((text, context) => {
      if (text === undefined) return preset;
      const [, digits = '', unit = 's'] = /^(\d{1,15})([smhd])?$/.exec(text) ?? [];
      const value =
        digits === '' ? Number.NaN : Number(digits) * UNIT_SECONDS[unit as keyof typeof UNIT_SECONDS];
      if (value >= min && value <= max) return value;
      const message = `${min} to ${max} seconds, or as many minutes, hours or days, as in 90m, 12h or 7d`;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    });

export const boolean = (preset: boolean) =>
  z
    .stringbool({ truthy: ['true'], falsy: ['false'], case: 'sensitive', error: 'true or false' })
    .default(preset);

/** Comma-separated items, trimmed, without blank and repeated ones. At least one is required. */
export const list = (preset: readonly string[]) =>
  z
    .string()
    .optional()
    .transform((text, context): readonly string[] => {
      if (text === undefined) return preset;
      const items = [...new Set(text.split(',').map((item) => item.trim()))].filter((item) => item !== '');
      if (items.length > 0) return items;
      context.addIssue({ code: 'custom', message: 'one or more names between commas' });
      return z.NEVER;
    });

/** An absolute URL with one of the given schemes, without trailing slashes; null when not set. */
export const url = (schemes: readonly string[]) =>
  z
    .string()
    .optional()
    .transform((text, context) => {
      if (text === undefined) return null;
      const scheme = URL.canParse(text) && /^([a-z+]+):\/\/[^/]/i.exec(text)?.[1]?.toLowerCase();
      if (scheme && schemes.includes(scheme)) return text.replace(/\/+$/, '');
      context.addIssue({
        code: 'custom',
        message: `a URL that begins with ${schemes.map((s) => `${s}://`).join(' or ')}`,
      });
      return z.NEVER;
    });

/** The level of the service log. */
export const logLevel = z
  .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    error: 'fatal, error, warn, info, debug, trace or silent',
  })
  .default('info')
  .describe('Level of the service log: `fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`');

/** Seconds between a signal to stop and the forced stop of active work. */
export const shutdownGrace = integer(0, 3_600, 30).describe(
  'Seconds that active work may continue after SIGTERM, SIGINT or SIGHUP; then stages return to the queue',
);
