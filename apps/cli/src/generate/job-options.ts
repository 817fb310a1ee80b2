import type { JobOptions } from '@codegen/client';
import { roleSchema } from '@codegen/contract';
import type { RequestFlags } from './arguments.ts';

/** The options of a job that the command line sets. */
export function jobOptions({ maxCostUsd, deadlineSeconds, model }: RequestFlags): JobOptions {
  return {
    ...(maxCostUsd !== null && { maxCostUsd }),
    ...(deadlineSeconds !== null && { deadlineSeconds }),
    ...(model !== null && { models: Object.fromEntries(roleSchema.options.map((role) => [role, [model]])) }),
  };
}
