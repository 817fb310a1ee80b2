import { z } from 'zod';
import { jobOptionFields, metadataSchema } from '../job-request.ts';

/** A text part, as Chat Completions (`text`) and Responses (`input_text`, `output_text`) name it. */
const textPartSchema = z.looseObject({
  type: z.enum(['text', 'input_text', 'output_text'], { error: 'only text is supported' }),
  text: z.string(),
});

const contentSchema = z.union([z.string(), z.array(textPartSchema)], {
  error: 'a text or an array of text parts: images, audio and files are not supported',
});

/** A message of a conversation. Messages of tools are ignored. */
export const chatMessageSchema = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: contentSchema.nullish(),
});
export type ChatMessage = z.output<typeof chatMessageSchema>;

/** Tools are ignored unless the model has to call one. */
const toolChoiceSchema = z
  .enum(['auto', 'none'], { error: 'auto or none: this service calls no tools' })
  .nullish();

/** How much work an answer may take, as OpenAI names it. Values that the service does not know are ignored. */
export const reasoningEffortSchema = z
  .string()
  .max(40)
  .nullish()
  .describe(
    '`minimal` or `low`: the effort `fast`; `medium`: `balanced`; `high` or more: `thorough`. `none` also marks a request for a title or a summary. If omitted: `fast` for `codegen-fast`, `thorough` for `codegen-deep`, else the default of the service',
  );

/** The fields that Chat Completions and Responses have in common. Other fields are ignored. */
export const sharedFields = {
  stream: z.boolean().nullish(),
  tools: z.array(z.unknown()).nullish().describe('Ignored: the service calls no tools'),
  tool_choice: toolChoiceSchema,
  metadata: metadataSchema.nullish().describe('Labels of the job'),
  deadlineSeconds: jobOptionFields.deadlineSeconds,
  maxCostUsd: jobOptionFields.maxCostUsd,
};
