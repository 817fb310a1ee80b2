import type { Job } from '@codegen/contract';
import { type Letter, letterOf } from './stages.ts';

export type JobVerification = NonNullable<Job['verification']>;

export interface TestedVersion {
  readonly letter: Letter | null;
  readonly stage: string;
  readonly load: JobVerification['versions'][number]['load'];
  readonly reason: string | null;
  /** Number of counted cases that it passes. */
  readonly passed: number;
  readonly results: JobVerification['versions'][number]['results'];
}

export interface Tests {
  /** Number of cases that some version passes. */
  readonly counted: number;
  readonly versions: readonly TestedVersion[];
}

/** The versions of the code with what they passed, by letter. */
export function testsOf({ cases, versions }: JobVerification): Tests {
  return {
    counted: cases.filter(({ counted }) => counted).length,
    versions: versions
      .map(({ stage, load, reason, results }) => ({
        letter: letterOf(stage),
        stage,
        load,
        reason,
        results,
        passed: cases.filter((one, index) => one.counted && results[index]?.verdict === 'passed').length,
      }))
      .toSorted((a, b) => (a.letter ?? a.stage).localeCompare(b.letter ?? b.stage)),
  };
}
