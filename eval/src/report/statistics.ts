/** An interval of confidence at 95 %. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The 97.5th percentile of the standard normal distribution. */
const Z = 1.959964;

/** Wilson's interval for a rate. It is sound for few tasks and for rates near 0 and 1. */
export function wilson(passed: number, total: number): Interval {
  if (total === 0) return { low: 0, high: 1 };
  const rate = passed / total;
  const z2 = Z * Z;
  const center = rate + z2 / (2 * total);
  const spread = Z * Math.sqrt((rate * (1 - rate)) / total + z2 / (4 * total * total));
  const scale = 1 + z2 / total;
  return { low: Math.max(0, (center - spread) / scale), high: Math.min(1, (center + spread) / scale) };
}

/**
 * McNemar's exact test: the probability of a split as uneven as this one, or more, if both systems are equally good.
 * @param onlyFirst tasks that only the first system passes
 * @param onlySecond tasks that only the second system passes
 */
export function mcnemar(onlyFirst: number, onlySecond: number): number {
  const total = onlyFirst + onlySecond;
  let term = 0.5 ** total;
  let tail = 0;
  for (let k = 0; k <= Math.min(onlyFirst, onlySecond); k++) {
    tail += term;
    term *= (total - k) / (k + 1);
  }
  return Math.min(1, 2 * tail);
}

/** Resamplings of the bootstrap. */
const RESAMPLINGS = 4_000;

/** Interval of the mean of paired differences, by resampling tasks. Equal input gives equal output. */
export function bootstrapMean(differences: readonly number[]): Interval {
  if (differences.length === 0) return { low: 0, high: 0 };
  const random = generator(differences.length);
  const means = Array.from({ length: RESAMPLINGS }, () => {
    let sum = 0;
    for (let i = 0; i < differences.length; i++)
      sum += differences[Math.floor(random() * differences.length)]!;
    return sum / differences.length;
  }).sort((a, b) => a - b);
  const at = (share: number) => means[Math.floor(share * (RESAMPLINGS - 1))]!;
  return { low: at(0.025), high: at(0.975) };
}

export const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, one) => sum + one, 0) / values.length;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : mean(sorted.slice(Math.max(0, middle - 1), middle + 1));
}

/** Numbers in 0 … 1 from a seed, by mulberry32. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
