import type { CompletionRequest } from '../completion-request.ts';

interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

/**
 * JSON that matches the `response_format` of a request without a system message, such as a test of a server. Undefined
 * for other requests: the pipeline's stages have answers of their own.
 */
export function structuredAnswer({ messages, response_format }: CompletionRequest): string | undefined {
  const format = response_format as { json_schema?: { schema?: Schema } } | null | undefined;
  const schema = format?.json_schema?.schema;
  if (schema === undefined || messages.some(({ role }) => role !== 'user')) return undefined;
  return JSON.stringify(exampleOf(schema));
}

function exampleOf({ type, enum: choices, properties = {} }: Schema): unknown {
  if (choices !== undefined) return choices[0];
  switch (type) {
    case 'object':
      return Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, exampleOf(one)]));
    case 'array':
      return [];
    case 'boolean':
      return true;
    case 'number':
    case 'integer':
      return 0;
    default:
      return 'simulated';
  }
}
