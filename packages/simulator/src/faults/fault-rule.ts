import { z } from 'zod';
import { stages } from '../stages/answers.ts';
import { answerFaults } from './answer-fault.ts';
import { errorFaults } from './error-fault.ts';
import { silentFaults } from './silent-fault.ts';

const fault = z.discriminatedUnion('kind', [...errorFaults, ...answerFaults, ...silentFaults]);

export const faultRule = z.strictObject({
  /** All that is given must fit; nothing given fits every call. */
  match: z
    .strictObject({
      /** As asked for. */
      model: z.string().optional(),
      stage: z.enum(stages).optional(),
      /** In any message. */
      contains: z.string().optional(),
    })
    .default({}),
  fault,
  /** How many calls it hits before it is used up; for ever if left out. */
  times: z.int().min(1).optional(),
  /** Lets the first so many matching calls through. */
  skip: z.int().min(0).default(0),
});

export type Fault = z.output<typeof fault>;
export type FaultRule = z.input<typeof faultRule>;
