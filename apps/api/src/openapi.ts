import { PROBLEMS } from '@codegen/contract';
import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import manifest from '../package.json' with { type: 'json' };
import { type Answer, type Operation, problemsOf } from './operation.ts';
import { about } from './operations/about.ts';
import { acceptJob } from './operations/accept-job.ts';
import { cancelJob } from './operations/cancel-job.ts';
import { createJob } from './operations/create-job.ts';
import { deleteJob } from './operations/delete-job.ts';
import { followJob } from './operations/follow-job.ts';
import { generate } from './operations/generate.ts';
import { standing } from './operations/headers.ts';
import { isAlive, isReady } from './operations/health.ts';
import { jobFinished } from './operations/job-finished.ts';
import { listJobs } from './operations/list-jobs.ts';
import { docs, docsFile, openApi } from './operations/openapi.ts';
import { explainProblem } from './operations/problem.ts';
import { readJob } from './operations/read-job.ts';
import { redeliverWebhook } from './operations/redeliver-webhook.ts';
import { refusalOf, responseOf } from './response.ts';

/** Everything the API does, in the order in which a person would read it. */
export const OPERATIONS: readonly Operation[] = [
  generate,
  createJob,
  listJobs,
  readJob,
  followJob,
  acceptJob,
  cancelJob,
  redeliverWebhook,
  deleteJob,
  about,
  isAlive,
  isReady,
  explainProblem,
  openApi,
  docs,
  docsFile,
];

/** The API in words for programs: an OpenAPI 3.1 document. */
export function openApiDocument() {
  const paths: ZodOpenApiPathsObject = {};
  for (const operation of OPERATIONS)
    paths[operation.path] = { ...paths[operation.path], [operation.method]: described(operation) };
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
      servers: [{ url: '/' }],
      // A service without keys asks for none.
      security: [{ key: [] }, {}],
      components: {
        securitySchemes: {
          key: { type: 'http', scheme: 'bearer', description: 'A key, if the service asks for one.' },
        },
      },
      paths,
      webhooks: { 'job.finished': { post: jobFinished } },
    },
    {
      override({ jsonSchema }) {
        // What zod checks a format with; the format says it better.
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

function described(operation: Operation): ZodOpenApiOperationObject {
  const { id, tag, summary, description, open, parameters, body } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    ...(open && { security: [] }),
    ...(parameters && { requestParams: parameters }),
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: responsesOf(operation),
  };
}

function answerOf({ answers, counted }: Operation, status: number): Answer | undefined {
  const answer = answers[status];
  if (!counted) return answer;
  return { ...answer, headers: z.object({ ...answer?.headers?.shape, ...standing }) };
}

function responsesOf(operation: Operation): ZodOpenApiOperationObject['responses'] {
  const problems = Object.groupBy(problemsOf(operation), (type) => PROBLEMS[type].status);
  const statuses = new Set([...Object.keys(operation.answers), ...Object.keys(problems)].map(Number));
  return Object.fromEntries(
    [...statuses].map((status) => {
      const answer = answerOf(operation, status);
      const types = problems[status as keyof typeof problems];
      const response = types === undefined ? responseOf(answer ?? {}) : refusalOf(types, answer);
      return [String(status), response];
    }),
  );
}
