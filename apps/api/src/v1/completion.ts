import type { ChatChunk, ChatCompletion, ChatUsage, CompletedJob, Job, ModelId } from '@codegen/contract';
import { answerOf, piecesOf } from './markdown.ts';

/** The identity of an answer, the same in all its events. */
export interface Envelope {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: ModelId;
}

export const envelopeOf = (job: string, createdAt: number, model: ModelId): Envelope => ({
  id: `chatcmpl-${job}`,
  created: Math.floor(createdAt / 1_000),
  model,
});

/** A completed job as an answer of Chat Completions. */
export const toChatCompletion = (envelope: Envelope, job: CompletedJob): ChatCompletion => ({
  ...envelope,
  object: 'chat.completion',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: answerOf(job), refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: usageOf(job),
});

/** Tokens and cost of all model calls of a job. Unknown tokens count as 0. */
export function usageOf({ tokens, cost }: Pick<Job, 'tokens' | 'cost'>): ChatUsage {
  const { prompt, completion, reasoning, cached } = tokens;
  return {
    prompt_tokens: prompt ?? 0,
    completion_tokens: completion ?? 0,
    total_tokens: (prompt ?? 0) + (completion ?? 0),
    prompt_tokens_details: { cached_tokens: cached ?? 0 },
    completion_tokens_details: { reasoning_tokens: reasoning ?? 0 },
    cost,
  };
}

type Delta = ChatChunk['choices'][number]['delta'];

export const deltaChunk = (envelope: Envelope, delta: Delta, finish: 'stop' | null = null): ChatChunk => ({
  ...envelope,
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
});

/** Clients read one of the two fields. */
export const progressChunk = (envelope: Envelope, text: string): ChatChunk =>
  deltaChunk(envelope, { reasoning_content: text, reasoning: text });

/** The chunks from the answer to the end. */
export function endChunks(envelope: Envelope, job: CompletedJob, includeUsage: boolean): ChatChunk[] {
  const { object } = deltaChunk(envelope, {});
  return [
    ...piecesOf(answerOf(job)).map((content) => deltaChunk(envelope, { content })),
    deltaChunk(envelope, {}, 'stop'),
    ...(includeUsage ? [{ ...envelope, object, choices: [], usage: usageOf(job) }] : []),
  ];
}
