import { jobRequestSchema } from '@codegen/contract';
import { type Conversation, fromQuery } from '@codegen/pipeline';
import type { RequestedOptions } from '@codegen/queue';
import { ProblemError } from './problem.ts';
import { termsOf } from './terms.ts';
import { charsOf, checkText } from './text.ts';

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
