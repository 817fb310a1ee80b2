import type { Meaning, Quirk, QuirkGroup } from './quirk.ts';

const kind = (name: string, sends: string, means: Meaning, status: number, body: object): Quirk => ({
  name,
  sends,
  means,
  response: () => ({
    status,
    headers: { 'content-type': 'application/json' },
    body: [JSON.stringify(body)],
  }),
});

const statuses: Readonly<Record<number, Meaning>> = {
  409: 'upstream-error',
  410: 'no-such-model',
  422: 'request-rejected',
  424: 'upstream-error',
  451: 'refused',
  498: 'overloaded',
  499: 'upstream-error',
  501: 'request-rejected',
  520: 'upstream-error',
  521: 'overloaded',
  522: 'timeout',
  523: 'overloaded',
  526: 'upstream-error',
  529: 'overloaded',
  530: 'upstream-error',
};

export const errorKinds: QuirkGroup = {
  title: 'Statuses and codes that disagree',
  quirks: [
    kind('413-rate-limit', '413 with `rate_limit_exceeded` (Groq)', 'too-long', 413, {
      error: { message: 'Request too large', type: 'tokens', code: 'rate_limit_exceeded' },
    }),
    kind('402-max-tokens', '402 that asks for fewer `max_tokens` (OpenRouter)', 'request-rejected', 402, {
      error: {
        code: 402,
        message:
          'This request requires more credits, or fewer max_tokens. You requested up to 65536 tokens, but can only afford 100.',
      },
    }),
    kind('402-no-credit', '402 without credit', 'no-credit', 402, {
      error: { code: 402, message: 'Insufficient credits' },
    }),
    {
      ...kind('402-in-flight', '402 for credit that running calls hold (OpenRouter)', 'rate-limited', 402, {
        error: {
          code: 402,
          metadata: { limit_source: 'openrouter_in_flight_budget', retry_after_seconds: 3 },
        },
      }),
      waitMs: 3_000,
    },
    {
      name: '400-api-key',
      sends: '400 `API_KEY_INVALID` (Gemini)',
      means: 'key-rejected',
      reason: 'API key not valid',
      response: () => ({
        status: 400,
        headers: {},
        body: [
          '[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}]',
        ],
      }),
    },
    kind('400-key-message', '400 for an expired key, without a code', 'key-rejected', 400, {
      error: { message: 'API key expired. Please renew the API key.' },
    }),
    kind('401-rate-limit', '401 with the code of a rate limit', 'key-rejected', 401, {
      error: { code: 'rate_limit_exceeded' },
    }),
    kind('429-server-error', '429 with `server_error`', 'rate-limited', 429, {
      error: { code: 'server_error' },
    }),
    kind('429-quota', '429 `insufficient_quota` (OpenAI)', 'no-credit', 429, {
      error: { code: 'insufficient_quota', message: 'You exceeded your current quota' },
    }),
    kind('429-resource-exhausted', '429 `RESOURCE_EXHAUSTED` (Gemini)', 'rate-limited', 429, {
      error: { code: 429, message: 'You exceeded your current quota', status: 'RESOURCE_EXHAUSTED' },
    }),
    ...Object.entries(statuses).map(([status, means]) =>
      kind(`status-${status}`, `status ${status}`, means, Number(status), { error: { message: 'no luck' } }),
    ),
    kind('400-credit', '400 for an account without credit (Anthropic)', 'no-credit', 400, {
      error: { type: 'invalid_request_error', message: 'Your credit balance is too low.' },
    }),
    kind('400-arrearage', '400 `Arrearage` (Alibaba)', 'no-credit', 400, { error: { code: 'Arrearage' } }),
    kind('429-suspended', '429 for a suspended account (Moonshot)', 'no-credit', 429, {
      error: { message: 'Your account is suspended', type: 'exceeded_current_quota_error' },
    }),
    kind('429-balance', '429 for an empty account, in Chinese (Zhipu)', 'no-credit', 429, {
      error: { code: '1113', message: '您的账户已欠费，请充值后重试。' },
    }),
    kind('400-model', '400 for a model (Mistral)', 'no-such-model', 400, {
      object: 'error',
      message: 'Invalid model: mistral-huge',
      type: 'invalid_model',
    }),
    kind('400-model-identifier', '400 for a model (Bedrock)', 'no-such-model', 400, {
      message: 'The provided model identifier is invalid.',
    }),
    kind('400-inspection', '400 `data_inspection_failed` (Alibaba)', 'refused', 400, {
      error: { code: 'data_inspection_failed' },
    }),
    kind('400-token-count', '400 for too many tokens (Gemini)', 'too-long', 400, [
      { error: { message: 'The input token count (12) exceeds the maximum number of tokens allowed (10).' } },
    ]),
    kind('404-model', '404 for a model (Ollama)', 'no-such-model', 404, {
      error: { message: 'model "llama3" not found, try pulling it first' },
    }),
    kind('502-context-length', '502 with `context_length_exceeded`', 'too-long', 502, {
      error: { code: 502, metadata: { error_type: 'context_length_exceeded' } },
    }),
    kind('503-loading', '503 while a model is loaded (llama.cpp)', 'overloaded', 503, {
      error: { message: 'Loading model', type: 'unavailable_error', code: 503 },
    }),
    kind('503-not-retryable', '503 with `availability.retryable: false` (OpenRouter)', 'overloaded', 503, {
      error: { availability: { retryable: false } },
    }),
    {
      ...kind(
        '400-retryable',
        '400 with `availability.retryable: true` (OpenRouter)',
        'request-rejected',
        400,
        { error: { availability: { retryable: true, retry_after: 2 } } },
      ),
      waitMs: 2_000,
    },
  ],
};
