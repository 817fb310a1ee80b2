export interface Price {
  /** Dollars per million tokens. */
  readonly input: number;
  readonly output: number;
}

const fallback: Price = { input: 0.1, output: 0.4 };

/** As OpenRouter listed them in mid-2026. */
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
