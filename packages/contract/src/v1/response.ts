import { z } from 'zod';
import { chatMessageSchema, reasoningEffortSchema, sharedFields } from './message.ts';
import { MODEL_IDS, modelIdSchema } from './model.ts';

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** The id of a response: `resp_` and the id of its job. */
export const responseIdSchema = z
  .string()
  .regex(new RegExp(`^resp_${UUID}$`, 'i'), 'the id of a response, such as resp_c4ffdb04-…')
  .describe('`resp_` and the id of the job');

/** Items other than messages and references are ignored. */
const inputItemSchema = z.union([
  chatMessageSchema,
  z.looseObject({ type: z.literal('item_reference'), id: z.string() }),
  z.looseObject({
    type: z.string().regex(/^(?!message$|item_reference$)\w+$/),
    role: z.undefined().optional(),
  }),
]);
export type InputItem = z.output<typeof inputItemSchema>;

/** The body of `POST /v1/responses`. */
export const responseRequestSchema = z
  .looseObject({
    model: modelIdSchema,
    input: z.union([z.string(), z.array(inputItemSchema).min(1)], {
      error: 'a text or an array of messages with text; images, audio and files are not supported',
    }),
    instructions: z.string().nullish(),
    ...sharedFields,
    background: z.boolean().nullish().describe('Answers at once; read the response by its id'),
    previous_response_id: responseIdSchema.nullish().describe('The response to continue'),
    conversation: z.null({ error: 'null: use previous_response_id' }).optional(),
    prompt: z.null({ error: 'null: stored prompts are not supported' }).optional(),
    text: z
      .looseObject({
        format: z
          .looseObject({ type: z.literal('text', { error: 'text: the answer is Markdown with code' }) })
          .nullish(),
      })
      .nullish(),
    reasoning: z.looseObject({ effort: reasoningEffortSchema }).nullish(),
  })
  .meta({
    id: 'ResponseRequest',
    example: { model: 'codegen', input: 'Write a Python function to reverse a string' },
  });
export type ResponseRequest = z.output<typeof responseRequestSchema>;

const outputTextSchema = z.object({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.array(z.never()),
  logprobs: z.array(z.never()),
});
const summarySchema = z.object({ type: z.literal('summary_text'), text: z.string() });
const itemStatusSchema = z.enum(['in_progress', 'completed', 'incomplete']);

const reasoningItemSchema = z
  .object({
    id: z.string(),
    type: z.literal('reasoning'),
    status: itemStatusSchema,
    summary: z.array(summarySchema),
  })
  .describe('The progress of the job');
const messageItemSchema = z.object({
  id: z.string(),
  type: z.literal('message'),
  role: z.literal('assistant'),
  status: itemStatusSchema,
  content: z.array(outputTextSchema),
});
const outputItemSchema = z.union([reasoningItemSchema, messageItemSchema]);
export type OutputItem = z.output<typeof outputItemSchema>;

/** A response: a job in the form of OpenAI's Responses API. */
export const responseSchema = z
  .object({
    id: responseIdSchema,
    object: z.literal('response'),
    status: z.enum(['queued', 'in_progress', 'completed', 'failed', 'cancelled']),
    model: z.enum(MODEL_IDS),
    created_at: z.int().describe('Seconds since 1970'),
    completed_at: z.int().nullable(),
    background: z.literal(true).describe('Every response can be read, followed and cancelled by its id'),
    store: z.literal(true).describe('Jobs are kept until `JOB_RETENTION` after their end'),
    previous_response_id: responseIdSchema.nullable(),
    output: z.array(outputItemSchema),
    error: z.object({ code: z.string(), message: z.string() }).nullable().describe('Why the job failed'),
    incomplete_details: z.null(),
    instructions: z.null(),
    metadata: z.record(z.string(), z.string()),
    parallel_tool_calls: z.literal(false),
    tool_choice: z.literal('none'),
    tools: z.array(z.never()),
    temperature: z.null(),
    top_p: z.null(),
    text: z.object({ format: z.object({ type: z.literal('text') }) }),
    reasoning: z.object({
      effort: z
        .enum(['low', 'medium', 'high'])
        .describe('The effort of the job: `fast`, `balanced` or `thorough`'),
      summary: z.null(),
    }),
    truncation: z.literal('disabled'),
    usage: z
      .object({
        input_tokens: z.int().min(0),
        input_tokens_details: z.object({ cached_tokens: z.int().min(0) }),
        output_tokens: z.int().min(0),
        output_tokens_details: z.object({ reasoning_tokens: z.int().min(0) }),
        total_tokens: z.int().min(0),
        cost: z.number().min(0).nullable().describe('US dollars for all model calls; null if unknown'),
      })
      .nullable()
      .describe('Null until the job has finished'),
  })
  .meta({ id: 'Response', description: 'A job in the form of OpenAI’s Responses API.' });
export type ResponseObject = z.output<typeof responseSchema>;

/** An event of a streamed response, as OpenAI's SDKs define its fields. */
export const responseEventSchema = z
  .looseObject({
    type: z.string().regex(/^(?:response\.[a-z_.]+|error)$/),
    sequence_number: z.int().min(0).describe('Increases; numbers may be left out'),
  })
  .meta({ id: 'ResponseEvent' });

export const deletedResponseSchema = z.object({
  id: responseIdSchema,
  object: z.literal('response'),
  deleted: z.literal(true),
});
