import { z } from 'zod';
import { chatMessageSchema, reasoningEffortSchema, sharedFields } from './message.ts';
import { modelIdSchema } from './model.ts';

/** The body of `POST /v1/chat/completions`. */
export const chatRequestSchema = z
  .looseObject({
    model: modelIdSchema,
    messages: z
      .array(chatMessageSchema)
      .min(1)
      .describe('The last message that is no system message must be the user’s'),
    ...sharedFields,
    stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
    n: z.literal(1, { error: '1: the service writes one answer' }).nullish(),
    function_call: z
      .enum(['auto', 'none'], { error: 'auto or none: this service calls no functions' })
      .nullish(),
    response_format: z
      .looseObject({ type: z.literal('text', { error: 'text: the answer is Markdown with code' }) })
      .nullish(),
    modalities: z.array(z.literal('text', { error: 'only text is supported' })).nullish(),
    audio: z.null({ error: 'null: audio is not supported' }).optional(),
    logprobs: z.literal(false, { error: 'false: log probabilities are not supported' }).nullish(),
    reasoning_effort: reasoningEffortSchema,
  })
  .meta({
    id: 'ChatCompletionRequest',
    example: {
      model: 'codegen',
      messages: [{ role: 'user', content: 'Write a Python function to reverse a string' }],
    },
  });
export type ChatRequest = z.output<typeof chatRequestSchema>;

const usageSchema = z.object({
  prompt_tokens: z.int().min(0),
  completion_tokens: z.int().min(0),
  total_tokens: z.int().min(0),
  prompt_tokens_details: z.object({ cached_tokens: z.int().min(0) }),
  completion_tokens_details: z.object({ reasoning_tokens: z.int().min(0) }),
  cost: z.number().min(0).nullable().describe('US dollars for all model calls of the job; null if unknown'),
});
export type ChatUsage = z.output<typeof usageSchema>;

const envelope = {
  id: z
    .string()
    .regex(/^chatcmpl-/)
    .describe('`chatcmpl-` and the id of the job'),
  created: z.int().describe('Seconds since 1970'),
  model: modelIdSchema,
};

/** The answer of `POST /v1/chat/completions`. */
export const chatCompletionSchema = z
  .object({
    ...envelope,
    object: z.literal('chat.completion'),
    choices: z
      .array(
        z.object({
          index: z.literal(0),
          message: z.object({
            role: z.literal('assistant'),
            content: z.string(),
            refusal: z.null(),
          }),
          logprobs: z.null(),
          finish_reason: z.literal('stop'),
        }),
      )
      .length(1),
    usage: usageSchema,
  })
  .meta({ id: 'ChatCompletion' });
export type ChatCompletion = z.output<typeof chatCompletionSchema>;

/** An event of a streamed answer. */
export const chatChunkSchema = z
  .object({
    ...envelope,
    object: z.literal('chat.completion.chunk'),
    choices: z
      .array(
        z.object({
          index: z.literal(0),
          delta: z.object({
            role: z.literal('assistant').optional(),
            content: z.string().optional(),
            reasoning_content: z.string().optional().describe('Progress of the job'),
            reasoning: z.string().optional().describe('The same, for other clients'),
          }),
          logprobs: z.null(),
          finish_reason: z.literal('stop').nullable(),
        }),
      )
      .max(1),
    usage: usageSchema.nullish().describe('In the last event, if `stream_options.include_usage` is set'),
  })
  .meta({ id: 'ChatCompletionChunk' });
export type ChatChunk = z.output<typeof chatChunkSchema>;
