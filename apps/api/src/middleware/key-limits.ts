import type { CallerLimits } from '@codegen/queue';
import { z } from 'zod';

/** Limits of a caller, from its lines in the key file. */
export interface KeyLimits extends CallerLimits {
  /** Models that the caller may choose, instead of `ALLOWED_MODELS`. */
  readonly models?: readonly string[] | undefined;
}

const count = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .optional();

const dollars = z
  .string()
  .regex(/^\d{1,7}(?:\.\d{1,9})?$/)
  .transform(Number)
  .optional();

const schema = z.strictObject({
  'requests-per-minute': count(1, 1_000_000),
  'open-jobs': count(1, 1_000_000),
  'usd-per-day': dollars,
  'usd-per-month': dollars,
  models: z
    .string()
    .transform((text) => text.split(',').filter((model) => model !== ''))
    .optional(),
  priority: count(1, 100),
});

/** Reads words such as `open-jobs=5`. Returns null if one is unknown, repeated or has a value that is not allowed. */
export function readKeyLimits(words: readonly string[]): KeyLimits | null {
  const pairs = words.map(
    (word) => [word.split('=', 1)[0] ?? '', word.slice(word.indexOf('=') + 1)] as const,
  );
  const given = Object.fromEntries(pairs);
  const parsed = schema.safeParse(given);
  if (!parsed.success || Object.keys(given).length < words.length) return null;
  const { models, priority } = parsed.data;
  const limits = {
    requestsPerMinute: parsed.data['requests-per-minute'],
    openJobs: parsed.data['open-jobs'],
    usdPerDay: parsed.data['usd-per-day'],
    usdPerMonth: parsed.data['usd-per-month'],
    models,
    priority,
  };
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
