import { PROBLEMS, type ProblemType, problemSchemaOf } from '@codegen/contract';
import { z } from 'zod';
import type { ZodOpenApiResponseObject } from 'zod-openapi';
import type { Answer } from './operation.ts';
import { retryAfter } from './operations/headers.ts';

/** An answer as OpenAPI says it. */
export function responseOf({ description = '', headers, body, mediaType = 'application/json' }: Answer) {
  const content = [mediaType].flat().map((type) => [type, { schema: body }]);
  return {
    description,
    ...(headers && Object.keys(headers.shape).length > 0 && { headers }),
    ...(body && { content: Object.fromEntries(content) }),
  };
}

/** Problems of one status as OpenAPI says them. */
export function refusalOf(types: readonly ProblemType[], answer?: Answer): ZodOpenApiResponseObject {
  const lone = types.length === 1 && answer === undefined ? LONE.get(types[0]!) : undefined;
  return lone ?? refusal(types, answer);
}

/** Headers that come with every problem of a status. */
const HEADERS: Readonly<Record<number, z.ZodRawShape>> = {
  401: { 'WWW-Authenticate': z.string() },
  429: retryAfter,
  503: retryAfter,
};

const refusal = (types: readonly ProblemType[], { headers, body }: Answer = {}) =>
  responseOf({
    description: types.map((type) => `\`${type}\`: ${PROBLEMS[type].title}`).join('<br>'),
    headers: z.object({ ...headers?.shape, ...HEADERS[PROBLEMS[types[0]!].status] }),
    body: body ?? problemSchemaOf(types),
    mediaType: 'application/problem+json',
  });

/** The same object wherever it is answered: the document keeps it once, under its name. */
const LONE = new Map(
  (Object.keys(PROBLEMS) as ProblemType[]).map((type) => [type, { ...refusal([type]), id: type }]),
);
