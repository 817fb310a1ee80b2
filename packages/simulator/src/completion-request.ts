import { z } from 'zod';
import { ApiError } from './http/errors.ts';
import type { Message } from './stages/prompt.ts';

const part = z.looseObject({ type: z.string(), text: z.string().optional() });
const message = z.looseObject({
  role: z.string(),
  content: z.union([z.string(), z.array(part)]).nullish(),
});

const schema = z
  .looseObject({
    model: z.string().min(1).optional(),
    models: z.array(z.string().min(1)).optional(),
    messages: z.array(message).min(1),
    stream: z.boolean().nullish(),
  })
  .refine(({ model, models }) => model || models?.length, 'No models provided');

export type CompletionRequest = z.output<typeof schema>;

/** Keeps unknown fields. @throws ApiError with status 400 if the body is not a chat completion request */
export function parseCompletionRequest(body: unknown): CompletionRequest {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new ApiError(400, `Simulated: ${z.prettifyError(parsed.error)}`);
}

/** The requested models in order of preference. */
export function modelsOf({ model, models = [] }: CompletionRequest): [string, ...string[]] {
  return [...new Set(model ? [model, ...models] : models)] as [string, ...string[]];
}

export function messagesOf(request: CompletionRequest): Message[] {
  return request.messages.map(({ role, content }) => ({ role, text: textOf(content) }));
}

function textOf(content: z.output<typeof message>['content']): string {
  return typeof content === 'string' ? content : (content ?? []).map(({ text }) => text ?? '').join('\n');
}
