import { z } from 'zod';

/** The maximum number of calls in a period, for one model or for several together. */
export interface Limit {
  /** A model id, a suffix of ids that begins with `:`, or `*` for all. All matching models share the limit. */
  readonly models: string;
  /** Maximum number of calls in a window. */
  readonly max: number;
  /** A sliding window of 60 seconds, or a UTC day. */
  readonly window: 'min' | 'day';
}

const LIMIT = /^(?:([^=\s]+)=)?([1-9]\d{0,5})\/(min|day)$/;

/** Parses `:free=20/min,50/day,maker/model=5/min`. An item without a model applies to the model before it. */
export const limits = z
  .string()
  .optional()
  .transform((text, context): readonly Limit[] => {
    const found: Limit[] = [];
    for (const item of (text ?? '').split(',').map((one) => one.trim())) {
      if (item === '') continue;
      const [, models = found.at(-1)?.models, max, window] = LIMIT.exec(item) ?? [];
      const isDuplicate = found.some((other) => other.models === models && other.window === window);
      if (models === undefined || max === undefined || isDuplicate) {
        const message =
          'expected limits such as :free=20/min,50/day, separated by commas: one per minute and one per day for a model, a suffix or *';
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      }
      found.push({ models, max: Number(max), window: window === 'day' ? 'day' : 'min' });
    }
    return found;
  });

export const limitsOn = (all: readonly Limit[], model: string): readonly Limit[] =>
  all.filter(
    ({ models }) => models === '*' || models === model || (models.startsWith(':') && model.endsWith(models)),
  );
