import { type JobOptions, jobOptionFields } from '@codegen/contract';
import { ROLES } from '@codegen/pipeline';
import type { RequestedOptions } from '@codegen/queue';
import type { z } from 'zod';
import { readOnce } from './parameters.ts';
import { ProblemError } from './problem.ts';

/** Always in the same order, for requests are compared by what they look like. @throws ProblemError */
export function termsOf(given: JobOptions, allowedModels: readonly string[]): RequestedOptions {
  const chosen = ROLES.flatMap((role) => {
    const ids = given.models?.[role];
    return ids === undefined ? [] : [[role, ids] as const];
  });
  for (const [role, ids] of chosen) {
    const refused = ids.find((id) => !allowedModels.includes(id));
    if (refused !== undefined) throw notAllowed(role, refused, allowedModels);
  }
  return {
    ...(given.deadlineSeconds !== undefined && { deadlineSeconds: given.deadlineSeconds }),
    ...(given.maxCostUsd !== undefined && { maxCostUsd: given.maxCostUsd }),
    ...(chosen.length > 0 && { models: Object.fromEntries(chosen) }),
  };
}

function notAllowed(role: string, id: string, allowed: readonly string[]): ProblemError {
  const advice =
    allowed.length === 0
      ? 'This service chooses its models itself: leave models out.'
      : `Allowed are ${allowed.join(', ')}.`;
  return new ProblemError('model-not-allowed', `models.${role} names ${JSON.stringify(id)}. ${advice}`);
}

/** The same terms out of a query string, but for `models`. @throws ProblemError that names the parameter */
export function readTermParameters(parameters: URLSearchParams): RequestedOptions {
  const read = <T>(name: string, schema: z.ZodType<T>, shape: RegExp, allowed: string) => {
    const text = readOnce(parameters, name);
    if (text === null) return undefined;
    const value = schema.safeParse(shape.test(text) ? Number(text) : Number.NaN);
    if (value.success) return value.data;
    throw new ProblemError('invalid-parameter', `${name} is ${allowed}.`);
  };
  const given = {
    deadlineSeconds: read(
      'deadlineSeconds',
      jobOptionFields.deadlineSeconds,
      /^\d{1,5}$/,
      'a whole number from 1 to 43200',
    ),
    maxCostUsd: read(
      'maxCostUsd',
      jobOptionFields.maxCostUsd,
      /^\d{1,4}(?:\.\d{1,20})?(?:e-\d{1,2})?$/,
      'a number of dollars above 0, up to 1000, such as 0.05',
    ),
  };
  return termsOf(given, []);
}
