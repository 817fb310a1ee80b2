import type { Role } from '@codegen/pipeline';

/**
 * Who does what unless configured otherwise: the main model of each role, then its stand-ins in order.
 * Ids of OpenRouter, chosen within one family per role so that prompts keep working. None is a `:free` one:
 * those allow 50 requests a day and a complex run takes eight.
 */
export const DEFAULT_MODELS: Readonly<Record<Role, readonly string[]>> = {
  classifier: ['mistralai/mistral-small-3.2-24b-instruct', 'mistralai/ministral-8b-2512'],
  interpreter: ['google/gemini-3.1-flash-lite', 'google/gemini-3.5-flash'],
  generator: ['qwen/qwen3-coder-next', 'qwen/qwen3-coder', 'qwen/qwen-2.5-coder-32b-instruct'],
  instructTuned: ['mistralai/mistral-small-3.2-24b-instruct', 'mistralai/ministral-8b-2512'],
  reviewer: ['deepseek/deepseek-v4-flash', 'deepseek/deepseek-v4-pro', 'deepseek/deepseek-r1'],
};
