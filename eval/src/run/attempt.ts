import { z } from 'zod';

/** How the better of two different programs was chosen: by running them, or by the reviewer. */
const selection = z.object({
  by: z.enum(['running', 'reviewer']),
  /** The right one of the two was chosen. */
  right: z.boolean(),
  /** Hidden tests that the wrong one fails. */
  fails: z.number().int(),
});

/** What a system made of a task. A line of the results file. */
export const attemptSchema = z.object({
  task: z.string(),
  system: z.string(),
  /** Counted from 0. */
  sample: z.number().int(),
  passed: z.boolean(),
  /** `tests`: it fails a hidden test; `load`: it does not load; `unsupported`: it needs what the sandbox does not have. */
  why: z.enum(['tests', 'load', 'unsupported', 'no-code']).nullable(),
  /** Digest of what the program returns on the hidden tests. Null if it does not load. */
  outputs: z.string().nullable(),
  /** US dollars. Null if the server does not report it. */
  cost: z.number().nullable(),
  calls: z.number().int(),
  ms: z.number(),
  /** Failure codes of stages. */
  degraded: z.array(z.string()),
  /** Null unless exactly one of the two candidates was right. */
  selection: selection.nullable(),
});

export type Attempt = z.output<typeof attemptSchema>;
export type Selection = z.output<typeof selection>;
