import { request } from './request.ts';
import type { ModelServer, RoleModels } from './settings.ts';

/** What a test call of a model showed. */
export interface ModelProbe {
  /** Null if the model answered; otherwise the server's reason. */
  readonly failure: string | null;
  readonly durationMs: number;
  /** Whether the server accepts a JSON schema for the answer and keeps to it; null if the first call failed. */
  readonly structuredOutput: boolean | null;
}

const ANSWER_SCHEMA = {
  type: 'json_schema',
  json_schema: {
    name: 'answer',
    strict: true,
    schema: {
      type: 'object',
      properties: { ready: { type: 'boolean' } },
      required: ['ready'],
      additionalProperties: false,
    },
  },
};

/**
 * Calls the primary model of a role: once for one token, once for a structured answer of at most 200 tokens.
 * @throws ServerFault if the server does not answer or rejects the key
 */
export async function probeModel(
  { server, models, body }: RoleModels,
  timeoutMs: number,
): Promise<ModelProbe> {
  const call = (content: string, more: object) =>
    request(server, '/chat/completions', {
      timeoutMs,
      body: { ...body, model: models[0], messages: [{ role: 'user', content }], ...more },
    });
  const startedAt = performance.now();
  const reply = await call('Hi', { max_tokens: 1 });
  const durationMs = performance.now() - startedAt;
  const failure = isCompletion(reply.text) ? null : `${reply.status} ${reply.reason}`.trim();
  if (failure !== null) return { failure, durationMs, structuredOutput: null };
  const structured = await call('Reply with the JSON object {"ready": true}.', {
    max_tokens: 200,
    response_format: ANSWER_SCHEMA,
  });
  return { failure, durationMs, structuredOutput: isReady(structured.text) };
}

/** Checks the key where the list of models needs none. @throws ServerFault if it is rejected */
export async function checkKey(server: ModelServer, timeoutMs: number): Promise<void> {
  await request(server, '/key', { timeoutMs });
}

const contentOf = (text: string): unknown => {
  try {
    return JSON.parse(text)?.choices?.[0]?.message?.content;
  } catch {
    return undefined;
  }
};

/** True also for a completion without text: one token may be a token of reasoning. */
function isCompletion(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text)?.choices);
  } catch {
    return false;
  }
}

function isReady(text: string): boolean {
  try {
    return typeof JSON.parse(String(contentOf(text))).ready === 'boolean';
  } catch {
    return false;
  }
}
