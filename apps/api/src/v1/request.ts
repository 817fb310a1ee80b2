import type { z } from 'zod';
import { ProblemError } from '../problem.ts';

/** Validates a body. @throws ProblemError with the field as `param` */
export function parseBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  const param = path.length === 0 ? null : paramOf(path);
  if (param === 'model' && typeof (body as { model?: unknown }).model === 'string')
    throw new ProblemError('unknown-model', `There is no such model. Use ${message}.`, {}, param);
  const detail = param === null ? 'Send one JSON object.' : `${param}: ${message}.`;
  throw new ProblemError('invalid-parameter', detail.slice(0, 300), {}, param);
}

/** `messages[0].content`, as OpenAI names fields. */
const paramOf = (path: readonly PropertyKey[]): string =>
  path
    .map((key, at) => (typeof key === 'number' ? `[${key}]` : `${at > 0 ? '.' : ''}${String(key)}`))
    .join('')
    .slice(0, 200);
