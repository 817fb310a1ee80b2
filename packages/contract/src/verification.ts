import { z } from 'zod';
import type { DeepReadonly } from './primitives.ts';

const caseSchema = z
  .object({
    kind: z.enum(['call', 'stdin']),
    input: z.string().describe('The call, such as `reverse("abc")`, or the text of stdin'),
    expected: z.string().nullable().describe('The expected value as JSON; null if any exception is expected'),
    isExample: z.boolean().describe('The request itself contains the case'),
    counted: z.boolean().describe('Some implementation passes it. The others may be wrong themselves.'),
  })
  .meta({ id: 'TestCase' });

const versionSchema = z
  .object({
    stage: z.string().describe('The stage that wrote the implementation'),
    load: z
      .enum(['loaded', 'broken', 'unsupported'])
      .describe(
        '`broken`: it does not load. `unsupported`: it needs something that the sandbox does not have.',
      ),
    reason: z.string().nullable(),
    results: z.array(
      z.object({
        verdict: z.enum(['passed', 'failed', 'timeout', 'unsupported']),
        actual: z.string().nullable().describe('What the program returned, printed or raised'),
      }),
    ),
  })
  .meta({ id: 'VerifiedVersion' });

export const verificationSchema = z
  .object({
    cases: z.array(caseSchema),
    versions: z.array(versionSchema).describe('With one result per case, if the version was loaded'),
    choice: z
      .string()
      .nullable()
      .describe('The implementation that is better by a clear margin; null if the reviewer decided'),
    reason: z.string(),
  })
  .meta({ id: 'Verification', description: 'The implementations, run on test cases.' });
export type JobVerification = DeepReadonly<z.output<typeof verificationSchema>>;
