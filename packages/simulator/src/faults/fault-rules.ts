import { z } from 'zod';
import { QUIRKS } from '../quirks/quirks.ts';
import { stages } from '../stages/answers.ts';

const seconds = z.number().min(0);

/** Faults that replace the whole response. */
export const errorFaults = [
  z.strictObject({ kind: z.literal('rate-limit'), retryAfterSeconds: seconds.default(1) }),
  z.strictObject({ kind: z.literal('no-credit') }),
  z.strictObject({ kind: z.literal('busy-budget'), retryAfterSeconds: seconds.default(1) }),
  z.strictObject({ kind: z.literal('bad-key') }),
  z.strictObject({ kind: z.literal('forbidden') }),
  z.strictObject({ kind: z.literal('no-endpoint') }),
  z.strictObject({ kind: z.literal('too-long') }),
  z.strictObject({ kind: z.literal('bad-request') }),
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(400).max(599),
    retryAfterSeconds: seconds.optional(),
    /** Adds `error.availability` with this `retryable`, which overrides the status. */
    retryable: z.boolean().optional(),
  }),
  z.strictObject({ kind: z.literal('html') }),
  z.strictObject({ kind: z.literal('error-in-200'), status: z.int().min(400).max(599).default(502) }),
  z.strictObject({
    kind: z.literal('quirk'),
    name: z.enum([...QUIRKS.keys()]),
    /** The answer in the response; by default that of the stage. */
    text: z.string().optional(),
  }),
] as const;

/** Faults of a response with status 200: partial, late or invalid answers. */
export const answerFaults = [
  z.strictObject({ kind: z.literal('error-mid-stream') }),
  z.strictObject({ kind: z.literal('cut') }),
  z.strictObject({ kind: z.literal('garbage') }),
  z.strictObject({ kind: z.literal('no-finish') }),
  z.strictObject({ kind: z.literal('empty') }),
  z.strictObject({ kind: z.literal('reasoning-only') }),
  z.strictObject({ kind: z.literal('truncated') }),
  z.strictObject({
    kind: z.literal('refusal'),
    /** With `stop` only the field `refusal` shows the refusal. */
    finishReason: z.enum(['content_filter', 'refusal', 'stop']).default('content_filter'),
  }),
  z.strictObject({ kind: z.literal('think'), closed: z.boolean().default(true) }),
  z.strictObject({ kind: z.literal('text'), text: z.string() }),
  z.strictObject({
    kind: z.literal('slow'),
    latencyMs: z.number().min(0).optional(),
    tokensPerSecond: z.number().min(0).optional(),
  }),
] as const;

/** Faults without a complete response. */
export const silentFaults = [
  z.strictObject({ kind: z.literal('reset') }),
  z.strictObject({
    kind: z.literal('hang'),
    /** Streams only: tokens sent before the hang. If missing, not even headers are sent. */
    afterTokens: z.int().min(0).optional(),
    /** Whether keep-alives continue: comments in a stream, blank lines in a plain answer. */
    comments: z.boolean().default(false),
  }),
] as const;

export type SilentFault = z.output<(typeof silentFaults)[number]>;

const fault = z.discriminatedUnion('kind', [...errorFaults, ...answerFaults, ...silentFaults]);

export const faultRule = z.strictObject({
  /** All given fields must match; an empty object matches every call. */
  match: z
    .strictObject({
      /** The requested model. */
      model: z.string().optional(),
      stage: z.enum(stages).optional(),
      /** Text in any message. */
      contains: z.string().optional(),
    })
    .default({}),
  fault,
  /** Maximum number of faults; unlimited if missing. */
  times: z.int().min(1).optional(),
  /** Number of matching calls without a fault before the first one. */
  skip: z.int().min(0).default(0),
});

export type Fault = z.output<typeof fault>;
export type FaultRule = z.input<typeof faultRule>;

export interface Subject {
  readonly model: string;
  readonly stage: string;
  readonly texts: readonly string[];
}

/** The active rules. The first rule that matches, has skipped its calls and is not used up applies. */
export class FaultRules {
  #rules: { rule: z.output<typeof faultRule>; skip: number; remaining: number }[] = [];

  /** @throws ZodError if the rule is invalid */
  add(given: FaultRule): void {
    const rule = faultRule.parse(given);
    this.#rules.push({ rule, skip: rule.skip, remaining: rule.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#rules = [];
  }

  /** The fault for this call. Counts the call. */
  take(subject: Subject): Fault | undefined {
    for (const entry of this.#rules) {
      if (entry.remaining === 0 || !matches(entry.rule.match, subject)) continue;
      if (entry.skip > 0) {
        entry.skip -= 1;
        continue;
      }
      entry.remaining -= 1;
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

/** Whether OpenRouter would try the next of `models`: the model failed before it generated anything. */
export function fallsBack(fault: Fault): boolean {
  switch (fault.kind) {
    case 'rate-limit':
    case 'forbidden':
    case 'no-endpoint':
    case 'too-long':
      return true;
    case 'status':
      return fault.status >= 500 || [404, 408, 429].includes(fault.status);
    default:
      return false;
  }
}
