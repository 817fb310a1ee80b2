import { setTimeout as sleep } from 'node:timers/promises';
import type { StageRuntime, Usage } from '@codegen/pipeline';
import OpenAI from 'openai';
import { z } from 'zod';
import { givenName } from './given-name.ts';

const amount = z.number().nonnegative().nullish().catch(null);
const name = z.unknown().transform(givenName);

/** What is read of `GET /generation`; the native tokens are those that are billed. */
const generation = z.object({
  data: z.object({
    model: name,
    provider_name: name,
    tokens_prompt: amount,
    tokens_completion: amount,
    native_tokens_prompt: amount,
    native_tokens_completion: amount,
    native_tokens_reasoning: amount,
    native_tokens_cached: amount,
    total_cost: z.number().nonnegative(),
  }),
});

/** Milliseconds for the whole lookup. */
const PATIENCE_MS = 15_000;
/** Milliseconds before the first look; doubles with every further one. A generation is on file seconds after its end. */
const FIRST_PAUSE_MS = 250;

/**
 * Asks OpenRouter what a call cost whose bill never came because it was broken off. Resolves null, and never rejects,
 * if there is no such generation, the server fails or it takes longer than 15 s, and at once if `signal` aborts.
 */
export function billLookup(client: OpenAI): NonNullable<StageRuntime['reconcileUsage']> {
  return async (usage, signal) => {
    const { generationId } = usage;
    if (generationId === null) return null;
    const over = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
    try {
      for (let pause = FIRST_PAUSE_MS; ; pause *= 2) {
        const found = await look(client, generationId, over);
        if (found !== null) return billed(usage, generation.parse(found).data);
        await sleep(pause, undefined, { signal: over });
      }
    } catch {
      return null;
    }
  };
}

/** @returns null if the generation is not on file yet */
async function look(client: OpenAI, id: string, signal: AbortSignal): Promise<unknown> {
  try {
    return await client.get('/generation', { query: { id }, signal });
  } catch (error) {
    if (error instanceof OpenAI.NotFoundError) return null;
    throw error;
  }
}

const billed = (usage: Usage, data: z.output<typeof generation>['data']): Usage => ({
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
