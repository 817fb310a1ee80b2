import { acceptedSchema, jobOptionFields, jobProblemSchemaOf, resultSchema } from '@codegen/contract';
import { z } from 'zod';
import type { Operation } from '../operation.ts';
import {
  accepted,
  coalesced,
  idempotencyKeyHeader,
  preferHeader,
  replayed,
  simulated,
  submitted,
} from './headers.ts';
import { onDisconnectHeader, onDisconnectQuery } from './on-disconnect.ts';

const headers = z.object({ ...submitted, ...replayed, ...coalesced, ...simulated });

/** Models cannot be chosen in a URL. */
const { models: _, ...optionsInUrl } = jobOptionFields;

const NO_MODEL = ['models-failed', 'model-key-rejected', 'model-credit-used-up'] as const;

export const generate = {
  id: 'generate',
  method: 'get',
  path: '/generate',
  tag: 'Code',
  summary: 'Generate code and wait for it',
  description: 'The run goes on when the wait is over: its result waits at the job.',
  counted: true,
  parameters: {
    query: z.object({
      query: z.string().min(1).meta({
        description: 'What code you want, in plain words',
        example: 'Write a Python function to reverse a string',
      }),
      ...optionsInUrl,
      ...onDisconnectQuery,
      coalesce: z
        .enum(['true', 'false'])
        .optional()
        .describe('`false` never joins the same request under way'),
    }),
    header: z.object({ ...preferHeader, ...idempotencyKeyHeader, ...onDisconnectHeader }),
  },
  answers: {
    200: { description: 'The result', body: resultSchema, headers },
    202: {
      description: 'Not finished yet',
      body: acceptedSchema,
      headers: z.object({ ...submitted, ...replayed, ...coalesced, ...accepted }),
    },
    402: { body: jobProblemSchemaOf(['budget-exhausted']), headers },
    409: { headers },
    502: { body: jobProblemSchemaOf(NO_MODEL), headers },
    504: { body: jobProblemSchemaOf(['deadline-exceeded']), headers },
  },
  problems: [
    'missing-query',
    'repeated-query',
    'invalid-encoding',
    'malformed-preference',
    'malformed-idempotency-key',
    'invalid-parameter',
    'job-cancelled',
    'query-too-long',
    'idempotency-key-reused',
    'blank-query',
    'unreadable-query',
    ...NO_MODEL,
    'budget-exhausted',
    'deadline-exceeded',
    'too-many-jobs',
    'overloaded',
  ],
} satisfies Operation;
