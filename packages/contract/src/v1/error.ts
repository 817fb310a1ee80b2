import { z } from 'zod';
import { PROBLEMS, type Problem, type ProblemType } from '../problem.ts';

/** An error under `/v1`, in the form that OpenAI's clients read. `code` is the type of the problem. */
export interface OpenAiError {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: ProblemType;
  };
}

export const openAiErrorSchemaOf = (types: readonly ProblemType[]) =>
  z.object({
    error: z.object({
      message: z.string().min(1).describe('What happened, and what to do about it'),
      type: z.enum([...new Set(types.map((type) => errorTypeOf(PROBLEMS[type].status)))]),
      param: z.string().nullable().describe('The field of the request that is not valid'),
      code: z.enum(types).describe('The type of the problem: see `GET /problems/{type}`'),
    }),
  });

/** @param param the field of the request that caused the problem */
export const toOpenAiError = (
  { type, status, title, detail }: Pick<Problem, 'type' | 'status' | 'title' | 'detail'>,
  param: string | null = null,
): OpenAiError => ({
  error: {
    message: param === null ? `${title}. ${detail}` : detail,
    type: errorTypeOf(status),
    param,
    code: type.slice('/problems/'.length) as ProblemType,
  },
});

const BY_STATUS: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'insufficient_quota',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
};

const errorTypeOf = (status: number): string =>
  BY_STATUS[status] ?? (status >= 500 ? 'server_error' : 'invalid_request_error');
