import { priceOf } from './prices.ts';

/** An average for English and code; the simulator has no tokeniser. */
export const charactersPerToken = 4;

export function tokensIn(text: string | null): number {
  return Math.ceil((text?.length ?? 0) / charactersPerToken);
}

/** `cost` in dollars. */
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
