import type { JobOptions } from '@codegen/client';
import { roleSchema } from '@codegen/contract';
import type { RequestFlags } from './arguments.ts';

/** The options of a job that the command line sets. */
export function jobOptions({ maxCostUsd, deadlineSeconds, effort, model }: RequestFlags): JobOptions {
  return {
    ...(maxCostUsd !== null && { maxCostUsd }),
    ...(deadlineSeconds !== null && { deadlineSeconds }),
    ...(effort !== null && { effort }),
    ...(model !== null && { models: Object.fromEntries(roleSchema.options.map((role) => [role, [model]])) }),
  };
}
