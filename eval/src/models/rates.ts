import { UsageError } from '@codegen/settings';

/** What simulated models do, each as a probability. */
export interface Rates {
  /** A draft has a mistake. */
  readonly mistake: number;
  /** Improving or polishing mends a program that has a mistake. */
  readonly mend: number;
  /** Improving or polishing puts a mistake into a program that has none. */
  readonly spoil: number;
  /** The reviewer chooses the right one of two programs if one is right. */
  readonly reviewer: number;
  /** A hidden test is among the test cases that the pipeline writes for itself. */
  readonly coverage: number;
  /** Such a test case expects a wrong value. */
  readonly wrongCase: number;
}

export const DEFAULT_RATES: Rates = {
  mistake: 0.35,
  mend: 0.25,
  spoil: 0.05,
  reviewer: 0.65,
  coverage: 0.6,
  wrongCase: 0.1,
};

/** Reads `mistake=0.3,reviewer=0.7`. Other rates keep their defaults. @throws UsageError */
export function readRates(text: string): Rates {
  const given = text.split(',').map((part) => {
    const [name = '', value = ''] = part.split('=', 2);
    const rate = Number(value);
    if (!Object.hasOwn(DEFAULT_RATES, name) || value.trim() === '' || !(rate >= 0 && rate <= 1)) {
      throw new UsageError(
        `--rates takes pairs such as mistake=0.3, with ${Object.keys(DEFAULT_RATES).join(', ')} and 0 to 1, not ${JSON.stringify(part)}`,
      );
    }
    return [name, rate] as const;
  });
  return { ...DEFAULT_RATES, ...Object.fromEntries(given) };
}
