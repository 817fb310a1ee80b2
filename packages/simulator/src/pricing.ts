export interface Price {
  /** Dollars per million tokens. */
  readonly input: number;
  readonly output: number;
}

const fallback: Price = { input: 0.1, output: 0.4 };

/** Prices on OpenRouter in mid-2026. */
export const prices: Readonly<Record<string, Price>> = {
  'mistralai/mistral-small-3.2-24b-instruct': { input: 0.075, output: 0.2 },
  'mistralai/ministral-8b-2512': { input: 0.15, output: 0.15 },
  'google/gemini-3.1-flash-lite': { input: 0.25, output: 1.5 },
  'google/gemini-3.5-flash': { input: 1.5, output: 9 },
  'qwen/qwen3-coder-next': { input: 0.11, output: 0.8 },
  'qwen/qwen3-coder': fallback,
  'qwen/qwen3-coder:free': { input: 0, output: 0 },
  'qwen/qwen-2.5-coder-32b-instruct': fallback,
  'deepseek/deepseek-v4-flash': { input: 0.098, output: 0.196 },
  'deepseek/deepseek-v4-pro': { input: 0.435, output: 0.87 },
  'deepseek/deepseek-r1': { input: 0.7, output: 2.5 },
};

export function priceOf(model: string): Price {
  return prices[model] ?? (model.endsWith(':free') ? { input: 0, output: 0 } : fallback);
}

const contextLength = 131_072;

/** The response to `GET /models`. */
export function catalogue() {
  return {
    data: Object.entries(prices).map(([id, { input, output }]) => ({
      id,
      canonical_slug: id,
      name: `Simulated: ${id}`,
      created: 1_767_225_600,
      description: 'Simulated: canned answers, no model.',
      context_length: contextLength,
      architecture: {
        modality: 'text->text',
        input_modalities: ['text'],
        output_modalities: ['text'],
        tokenizer: 'Other',
        instruct_type: null,
      },
      pricing: { prompt: perToken(input), completion: perToken(output), request: '0', image: '0' },
      top_provider: { context_length: contextLength, max_completion_tokens: null, is_moderated: false },
      per_request_limits: null,
      supported_parameters: ['max_tokens', 'response_format', 'stop', 'structured_outputs', 'temperature'],
      expiration_date: null,
    })),
  };
}

/** OpenRouter formats prices per token as decimal strings with at most 12 places. */
function perToken(dollarsPerMillion: number): string {
  return (dollarsPerMillion / 1e6).toFixed(12).replace(/\.?0+$/, '');
}

/** Average of English and code. The simulator has no tokeniser. */
export const charactersPerToken = 4;

export function tokensIn(text: string | null): number {
  return Math.ceil((text?.length ?? 0) / charactersPerToken);
}

/** Usage as OpenRouter reports it; `cost` in dollars. */
export function usageOf(
  model: string,
  promptTokens: number,
  content: string | null,
  reasoning: string | null,
) {
  const reasoningTokens = tokensIn(reasoning);
  const completionTokens = tokensIn(content) + reasoningTokens;
  const price = priceOf(model);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    cost: Number(((promptTokens * price.input + completionTokens * price.output) / 1e6).toFixed(12)),
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
  };
}

export type Usage = ReturnType<typeof usageOf>;
