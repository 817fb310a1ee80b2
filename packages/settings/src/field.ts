import { z } from 'zod';

/** The schema of one environment variable; its description is the variable's line in the README. */
export type Setting = z.ZodType<unknown, string | undefined>;

const DIGITS = /^\d{1,15}$/;

/** A whole number within bounds; `allowed` in errors reads e.g. "a whole number from 1 to 65535". */
export const integer = (min: number, max: number, preset: number) =>
  z
    .string()
    .optional()
    .transform((text, context) => {
      if (text === undefined) return preset;
      const value = DIGITS.test(text) ? Number(text) : Number.NaN;
      if (value >= min && value <= max) return value;
      context.addIssue({ code: 'custom', message: `a whole number from ${min} to ${max}` });
      return z.NEVER;
    });

const UNITS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** A time in seconds; also given in minutes, hours or days, as `90m`, `12h` or `7d`. */
export const duration = (min: number, max: number, preset: number) =>
  z
    .string()
    .optional()
    .transform((text, context) => {
      if (text === undefined) return preset;
      const [, digits = '', unit = 's'] = /^(\d{1,15})([smhd])?$/.exec(text) ?? [];
      const value = digits === '' ? Number.NaN : Number(digits) * UNITS[unit as keyof typeof UNITS];
      if (value >= min && value <= max) return value;
      const message = `${min} to ${max} seconds, or as many minutes, hours or days, as in 90m, 12h or 7d`;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    });

export const boolean = (preset: boolean) =>
  z
    .enum(['true', 'false'], { error: 'true or false' })
    .optional()
    .transform((text) => (text === undefined ? preset : text === 'true'));

/** Items between commas, at least one, trimmed, without empty and repeated ones. */
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

/** An absolute URL of one of the given schemes, without a trailing slash. */
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
