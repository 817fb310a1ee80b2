import { responseIdSchema } from '@codegen/contract';
import type { StoredRun } from '@codegen/queue';
import type { Response } from 'express';
import { z } from 'zod';
import { findRun } from '../http/job.ts';
import type { HandlerDeps } from '../http/route.ts';
import { jobIdOf } from './response-object.ts';

/** Path parameters of `/v1/responses/{responseId}`. */
export const responsePath = z.object({ responseId: responseIdSchema });

/** The run of a response. @throws ProblemError if it does not exist or belongs to another caller */
export const findResponse = (
  { runs }: Pick<HandlerDeps, 'runs'>,
  responseId: string,
  response: Response,
): Promise<StoredRun> => findRun(runs, jobIdOf(responseId), response);
