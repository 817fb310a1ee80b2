import {
  openAiErrorSchemaOf,
  PROBLEMS,
  type ProblemType,
  problemSchemaOf,
  webhookMessageSchema,
} from '@codegen/contract';
import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import manifest from '../package.json' with { type: 'json' };
import { rateLimitHeaders, requestIdHeader, retryAfterHeader } from './http/job-headers.ts';
import type { PublicUrl } from './http/public-url.ts';
import { problemsOf, type ResponseSpec, type Route } from './http/route.ts';
import { isOpenAiPath } from './problem.ts';
import { routes } from './routes/index.ts';

/** The OpenAPI 3.1 document of all routes. */
export function openApiDocument(publicUrl: PublicUrl = null) {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes)
    paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route) };
  return createDocument(
    {
      openapi: '3.1.1',
      info: {
        title: 'Conversational Code Generation Agent',
        version: manifest.version,
        description:
          'Describe the code you want in plain words; a pipeline of language models writes it. ' +
          'Errors are problem details (RFC 9457) with a stable `type`.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: publicUrl === null ? '/' : `${publicUrl.origin}${publicUrl.path}` }],
      // Either a key or none, because a service may have no keys.
      security: [{ key: [] }, {}],
      components: {
        securitySchemes: {
          key: { type: 'http', scheme: 'bearer', description: 'An API key, if the service requires one.' },
          admin: { type: 'http', scheme: 'bearer', description: 'A key of an operator.' },
          adminPassword: {
            type: 'http',
            scheme: 'basic',
            description: 'A key of an operator as the password, with any user name.',
          },
        },
      },
      paths,
      webhooks: { 'job.finished': { post: jobFinished } },
    },
    {
      // Removes what zod adds to a format or an integer and readers do not need.
      override({ jsonSchema }) {
        if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
        if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
        if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
        if (isEmpty(jsonSchema.additionalProperties)) delete jsonSchema.additionalProperties;
      },
    },
  );
}

const isEmpty = (schema: unknown) =>
  typeof schema === 'object' && schema !== null && Object.keys(schema).length === 0;

function operationOf(route: Route): ZodOpenApiOperationObject {
  const { id, tag, summary, description, open, admin, parameters, body } = route;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    ...(open && { security: [] }),
    ...(admin && { security: [{ admin: [] }, { adminPassword: [] }] }),
    ...(parameters && { requestParams: parameters }),
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: responsesOf(route),
  };
}

function responsesOf(route: Route): ZodOpenApiOperationObject['responses'] {
  const problems = Object.groupBy(problemsOf(route), (type) => PROBLEMS[type].status);
  const statuses = new Set([...Object.keys(route.responses), ...Object.keys(problems)].map(Number));
  return Object.fromEntries(
    [...statuses].map((status) => {
      const spec = specOf(route, status);
      const types = problems[status as keyof typeof problems];
      if (types === undefined) return [String(status), withPage(route, responseOf(spec ?? {}))];
      const describe = isOpenAiPath(route.path) ? openAiErrorResponse : problemResponseOf;
      return [String(status), describe(types, spec)];
    }),
  );
}

/** Adds the page that a browser gets. */
const withPage = ({ page }: Route, response: ZodOpenApiResponseObject): ZodOpenApiResponseObject =>
  page ? { ...response, content: { ...response.content, 'text/html': { schema: z.string() } } } : response;

function specOf({ responses, startsJob }: Route, status: number): ResponseSpec | undefined {
  const spec = responses[status];
  if (!startsJob) return spec;
  return { ...spec, headers: z.object({ ...spec?.headers?.shape, ...rateLimitHeaders }) };
}

function responseOf({
  description = '',
  headers,
  body,
  mediaType = 'application/json',
  events,
}: ResponseSpec) {
  const content = [mediaType].flat().map((type) => [type, { schema: body }]);
  if (events) content.push(['text/event-stream', { schema: events }]);
  return {
    description,
    headers: z.object({ ...headers?.shape, ...requestIdHeader }),
    ...(body && { content: Object.fromEntries(content) }),
  };
}

/** The response for problems of one status. */
function problemResponseOf(types: readonly ProblemType[], spec?: ResponseSpec): ZodOpenApiResponseObject {
  const shared = types.length === 1 && spec === undefined ? SHARED.get(types[0]!) : undefined;
  return shared ?? createProblemResponse(types, spec);
}

/** Headers of every problem of a status. */
const PROBLEM_HEADERS: Readonly<Record<number, z.ZodRawShape>> = {
  401: { 'WWW-Authenticate': z.string() },
  429: retryAfterHeader,
  503: retryAfterHeader,
};

const describeProblems = (types: readonly ProblemType[]) =>
  types.map((type) => `\`${type}\`: ${PROBLEMS[type].title}`).join('<br>');

const problemHeaders = (types: readonly ProblemType[], headers?: z.ZodObject): z.ZodRawShape => ({
  ...headers?.shape,
  ...PROBLEM_HEADERS[PROBLEMS[types[0]!].status],
});

const createProblemResponse = (types: readonly ProblemType[], { headers, body }: ResponseSpec = {}) =>
  responseOf({
    description: describeProblems(types),
    headers: z.object(problemHeaders(types, headers)),
    body: body ?? problemSchemaOf(types),
    mediaType: 'application/problem+json',
  });

/** Problems of a request that Node refuses before its path is known. They have the same form everywhere. */
const BEFORE_ROUTING: readonly ProblemType[] = ['malformed-request', 'headers-too-large', 'request-timeout'];

/** The response for problems of one status under `/v1`. */
function openAiErrorResponse(types: readonly ProblemType[], { headers }: ResponseSpec = {}) {
  const early = types.filter((type) => BEFORE_ROUTING.includes(type));
  const flag = z.enum(['true', 'false']).describe('Whether to send the request again');
  const shouldRetry = { 'x-should-retry': early.length > 0 ? flag.optional() : flag };
  const response = responseOf({
    description: describeProblems(types),
    headers: z.object({ ...problemHeaders(types, headers), ...shouldRetry }),
    body: openAiErrorSchemaOf(types),
  });
  if (early.length === 0) return response;
  const problem = { 'application/problem+json': { schema: problemSchemaOf(early) } };
  return { ...response, content: { ...response.content, ...problem } };
}

/** One object per problem type: zod-openapi writes an object with an id once, under `components`. */
const SHARED = new Map(
  (Object.keys(PROBLEMS) as ProblemType[]).map((type) => [
    type,
    { ...createProblemResponse([type]), id: type },
  ]),
);

/** The request that the service sends to a job's webhook, as Standard Webhooks defines it. */
const jobFinished: ZodOpenApiOperationObject = {
  operationId: 'jobFinished',
  summary: 'A job has finished',
  security: [],
  requestParams: {
    header: z.object({
      'webhook-id': z.string().describe('The same for every attempt and redelivery'),
      'webhook-timestamp': z.string().describe('Of this attempt, in seconds since 1970'),
      'webhook-signature': z.string().describe('One or more signatures, separated by spaces'),
    }),
  },
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: webhookMessageSchema,
      },
    },
  },
  responses: {
    '2XX': { description: 'Delivered' },
    '410': { description: 'The receiver is gone: there is no further attempt' },
    default: { description: 'There is a further attempt later; redirects are not followed' },
  },
};
