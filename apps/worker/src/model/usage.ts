import { setTimeout as sleep } from 'node:timers/promises';
import type { Prompt, StageRuntime, Usage } from '@codegen/pipeline';
import OpenAI from 'openai';
import { z } from 'zod';
import { type Chunk, field, usageOf } from './chunk.ts';

const MAX_NAME_CHARS = 200;

/**
 * Makes a name from a model server (model, provider, id) safe to show, log and store: at most 200 characters, control
 * and other invisible characters replaced by spaces. Null if it is not a string or nothing is left.
 */
export function sanitizeName(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const name = value
    .slice(0, MAX_NAME_CHARS)
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  return name === '' ? null : name;
}

// Limits for one call. A larger figure is a fault of the server, and would spoil the caller's sums for weeks.
const MAX_TOKENS = 1e9;
const MAX_USD = 10_000;

const amountOf = (value: unknown, max: number) =>
  typeof value === 'number' && value >= 0 && value <= max ? value : null;

/** The usage after a chunk. Figures of a later chunk replace earlier ones: servers send running totals. */
export function mergeUsage(known: Usage, chunk: Chunk | null): Usage {
  const usage = usageOf(chunk);
  // Most chunks contain text only.
  if (!usage && chunk?.model === known.servedModel && known.generationId !== null) return known;
  const tokens = (name: string, of = usage) => amountOf(field(of, name), MAX_TOKENS);
  const details = (name: string) => field(usage, name);
  const figures = {
    promptTokens: tokens('prompt_tokens') ?? known.promptTokens,
    completionTokens: tokens('completion_tokens') ?? known.completionTokens,
    reasoningTokens:
      tokens('reasoning_tokens', details('completion_tokens_details')) ?? known.reasoningTokens,
    cachedTokens: tokens('cached_tokens', details('prompt_tokens_details')) ?? known.cachedTokens,
    cost: amountOf(field(usage, 'cost'), MAX_USD) ?? known.cost,
  };
  return {
    ...known,
    ...figures,
    servedModel: sanitizeName(chunk?.model) ?? known.servedModel,
    provider: sanitizeName(chunk?.provider) ?? known.provider,
    generationId: known.generationId ?? sanitizeName(chunk?.id),
    figures: Object.values(figures).some((figure) => figure !== null) ? 'reported' : known.figures,
  };
}

/** An average of English and code. */
const CHARS_PER_TOKEN = 4;
const tokensIn = (chars: number) => Math.ceil(chars / CHARS_PER_TOKEN);

/** Estimates the tokens of a call from its texts. The cost stays unknown. @param chars length of the answer's text */
export const estimateUsage = (known: Usage, prompt: Prompt, chars: number): Usage => ({
  ...known,
  promptTokens: tokensIn(prompt.system.length + prompt.user.length),
  completionTokens: tokensIn(chars),
  figures: 'estimated',
});

const amount = z.number().nonnegative().max(MAX_TOKENS).nullish().catch(null);
const name = z.unknown().transform(sanitizeName);

/** Response of OpenRouter's `GET /generation`. The native token counts are the billed ones. */
const generationSchema = z.object({
  data: z.object({
    model: name,
    provider_name: name,
    tokens_prompt: amount,
    tokens_completion: amount,
    native_tokens_prompt: amount,
    native_tokens_completion: amount,
    native_tokens_reasoning: amount,
    native_tokens_cached: amount,
    total_cost: z.number().nonnegative().max(MAX_USD),
  }),
});
type Generation = z.output<typeof generationSchema>['data'];

/** Timeout in ms of the whole lookup. */
const LOOKUP_TIMEOUT_MS = 15_000;
/** Delay in ms before the second request; doubles with every further one. */
const FIRST_DELAY_MS = 250;

/**
 * Creates the lookup of what an aborted call cost, at OpenRouter, where a generation appears seconds after its end.
 * Resolves with null if the usage has no generation id, the server fails, 15 s have passed or `signal` is aborted. Never
 * rejects.
 */
export function createUsageLookup(client: OpenAI): NonNullable<StageRuntime['reconcileUsage']> {
  return async (usage, signal) => {
    const { generationId } = usage;
    if (generationId === null) return null;
    const aborted = AbortSignal.any([signal, AbortSignal.timeout(LOOKUP_TIMEOUT_MS)]);
    try {
      for (let delay = FIRST_DELAY_MS; ; delay *= 2) {
        const body = await fetchGeneration(client, generationId, aborted);
        if (body !== null) return withBilledFigures(usage, generationSchema.parse(body).data);
        await sleep(delay, undefined, { signal: aborted });
      }
    } catch {
      return null;
    }
  };
}

/** @returns null if the generation does not exist yet */
async function fetchGeneration(client: OpenAI, id: string, signal: AbortSignal): Promise<unknown> {
  try {
    return await client.get('/generation', { query: { id }, signal });
  } catch (error) {
    if (error instanceof OpenAI.NotFoundError) return null;
    throw error;
  }
}

const withBilledFigures = (usage: Usage, data: Generation): Usage => ({
  ...usage,
  servedModel: usage.servedModel ?? data.model,
  provider: usage.provider ?? data.provider_name,
  promptTokens: data.native_tokens_prompt ?? data.tokens_prompt ?? usage.promptTokens,
  completionTokens: data.native_tokens_completion ?? data.tokens_completion ?? usage.completionTokens,
  reasoningTokens: data.native_tokens_reasoning ?? usage.reasoningTokens,
  cachedTokens: data.native_tokens_cached ?? usage.cachedTokens,
  cost: data.total_cost,
  figures: 'reported',
});
