import type { z } from 'zod';
import { type Fault, type FaultRule, faultRule } from './fault-rule.ts';

export interface Subject {
  readonly model: string;
  readonly stage: string;
  readonly texts: readonly string[];
}

/** The rules in force. The first that matches, has let its skipped calls through and is not used up decides. */
export class FaultRules {
  #rules: { rule: z.output<typeof faultRule>; skip: number; left: number }[] = [];

  /** Throws a `ZodError` for a rule that is none. */
  add(given: FaultRule): void {
    const rule = faultRule.parse(given);
    this.#rules.push({ rule, skip: rule.skip, left: rule.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#rules = [];
  }

  /** The fault for this call, which is thereby counted. */
  take(subject: Subject): Fault | undefined {
    for (const entry of this.#rules) {
      if (entry.left === 0 || !matches(entry.rule.match, subject)) continue;
      if (entry.skip > 0) {
        entry.skip -= 1;
        continue;
      }
      entry.left -= 1;
      return entry.rule.fault;
    }
    return undefined;
  }
}

function matches(match: z.output<typeof faultRule>['match'], { model, stage, texts }: Subject): boolean {
  return (
    (match.model === undefined || match.model === model) &&
    (match.stage === undefined || match.stage === stage) &&
    (match.contains === undefined || texts.some((text) => text.includes(match.contains ?? '')))
  );
}
