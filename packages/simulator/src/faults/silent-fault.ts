import { z } from 'zod';

/** Not answered to the end, nor ended. */
export const silentFaults = [
  z.strictObject({ kind: z.literal('reset') }),
  z.strictObject({
    kind: z.literal('hang'),
    /** Streams only: so much of the answer comes first. Without it not even the headers come. */
    afterTokens: z.int().min(0).optional(),
    /** Keep-alives go on coming (comments in a stream, blank lines in a plain answer). */
    comments: z.boolean().default(false),
  }),
] as const;

export type SilentFault = z.output<(typeof silentFaults)[number]>;
