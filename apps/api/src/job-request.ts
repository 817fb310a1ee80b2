import { type Conversation, conversationSchema, fromQuery } from '@codegen/pipeline';
import type { RequestedOptions } from '@codegen/queue';
import { z } from 'zod';
import { plainRecord } from './plain-object.ts';
import { ProblemError } from './problem.ts';
import { termFields, termsOf } from './terms.ts';
import { charsOf, checkText } from './text.ts';

export const metadataName = z
  .string()
  .regex(/^(?!__proto__$)[\w.-]{1,64}$/, 'names of up to 64 letters, digits, "_", "." or "-"');

/** Any text that has a UTF-8: else a filter, which comes in a URL, could not name it. */
const metadataValue = z
  .string()
  .max(512)
  .refine((text) => text.isWellFormed(), 'no halves of surrogate pairs');

/** What `POST /jobs` takes: a query or a whole conversation, terms, and words to find the job by. */
export const jobRequestSchema = z
  .strictObject({
    query: z.string().optional().describe('What code you want, in plain words'),
    messages: conversationSchema
      .max(200)
      .optional()
      .describe('In place of `query` a whole conversation, its last message the user’s'),
    metadata: plainRecord(z.record(metadataName, metadataValue))
      .refine((entries) => Object.keys(entries).length <= 16, 'at most 16 entries')
      .optional()
      .describe('Words to find the job by: 16 entries at most'),
    webhook: z
      .union([z.string(), z.strictObject({ url: z.string() })], { error: 'a URL, or an object with a url' })
      .optional()
      .describe('An http or https address, of 2048 characters at most, to tell that the job has ended'),
    wait: z
      .int()
      .min(0)
      .max(3_600)
      .optional()
      .describe('Seconds the answer may be held back until the job has finished, like `Prefer: wait`'),
    ...termFields,
  })
  .refine(({ query, messages }) => (query === undefined) !== (messages === undefined), {
    message: 'give either query or messages',
  })
  .meta({
    id: 'JobRequest',
    example: { query: 'Write a Go function that adds two numbers', metadata: { ticket: '17' } },
    override: { oneOf: [{ required: ['query'] }, { required: ['messages'] }] },
  });

export interface JobRequest {
  readonly conversation: Conversation;
  readonly metadata: Readonly<Record<string, string>>;
  /** As it was given: not checked yet. */
  readonly webhook: string | null;
  readonly wait: number | null;
  readonly options: RequestedOptions;
}

export interface JobLimits {
  readonly maxQueryChars: number;
  /** Models that callers may choose. */
  readonly allowedModels: readonly string[];
}

/** @throws ProblemError that names the field */
export function readJobRequest(
  body: unknown,
  { maxQueryChars: maxChars, allowedModels }: JobLimits,
): JobRequest {
  const parsed = jobRequestSchema.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.length ? `${issue.path.map(String).join('.')}: ` : '';
    throw new ProblemError(
      'invalid-job-request',
      `${where}${issue?.message ?? 'not a job request'}`.slice(0, 300),
    );
  }
  const { query, messages, metadata = {}, webhook = null, wait = null, ...options } = parsed.data;
  const conversation = messages ?? fromQuery(query ?? '');
  for (const { content } of conversation) {
    checkText(messages === undefined ? 'query' : 'message', content, maxChars, 'conversation-too-long');
  }
  const total = conversation.reduce((sum, { content }) => sum + charsOf(content), 0);
  if (total > maxChars) {
    throw new ProblemError(
      'conversation-too-long',
      `All messages together may have ${maxChars} characters; they have ${total}.`,
    );
  }
  return {
    conversation,
    metadata,
    webhook: typeof webhook === 'object' ? (webhook?.url ?? null) : webhook,
    wait,
    options: termsOf(options, allowedModels),
  };
}
