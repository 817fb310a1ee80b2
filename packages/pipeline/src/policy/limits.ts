import { z } from 'zod';

/** How many calls a model, or several together, may be asked in a time. */
export interface Limit {
  /** The id of a model, an ending of ids that begins with `:`, or `*`. All models it fits share the limit. */
  readonly of: string;
  readonly most: number;
  /** Any 60 seconds, or a day of UTC. */
  readonly per: 'min' | 'day';
}

const LIMIT = /^(?:([^=\s]+)=)?([1-9]\d{0,5})\/(min|day)$/;

/** `:free=20/min,50/day,maker/model=5/min`: what names no model is a further limit of those before it. */
export const limits = z
  .string()
  .optional()
  .transform((text, context): readonly Limit[] => {
    const found: Limit[] = [];
    for (const item of (text ?? '').split(',').map((one) => one.trim())) {
      if (item === '') continue;
      const [, of = found.at(-1)?.of, most, per] = LIMIT.exec(item) ?? [];
      const isTwice = found.some((other) => other.of === of && other.per === per);
      if (of === undefined || most === undefined || isTwice) {
        const message =
          'limits such as :free=20/min,50/day between commas: of a model, an ending or *, each once for min and day';
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      }
      found.push({ of, most: Number(most), per: per === 'day' ? 'day' : 'min' });
    }
    return found;
  });

export const limitsOn = (all: readonly Limit[], model: string): readonly Limit[] =>
  all.filter(({ of }) => of === '*' || of === model || (of.startsWith(':') && model.endsWith(of)));
