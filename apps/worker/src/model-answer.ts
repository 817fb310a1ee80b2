import { type Failure, type ModelResponse, NO_USAGE, type Prompt, type Usage } from '@codegen/pipeline';
import { OversizeError } from './body.ts';
import { givenName } from './given-name.ts';
import type { Chunk } from './model-chunk.ts';
import { modelFailure } from './model-failure.ts';
import { TextJoiner } from './text-joiner.ts';

/** An answer while it arrives: what was said, how it ended, what it cost. */
export class PartialAnswer {
  /** What is known so far; an answer that cannot be used was billed all the same. */
  usage: Usage = NO_USAGE;
  /** What the other side put in the place of an answer. */
  error: unknown;
  #text = '';
  readonly #joiner = new TextJoiner();
  #bytes = 0;
  #isRefusal = false;
  #hasCome = false;
  #finish: string | null = null;
  readonly #maxBytes: number;

  /** @param maxBytes of text in UTF-8 */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  begin(headers: Pick<Headers, 'get'>): void {
    const generationId = givenName(headers.get('x-generation-id'));
    this.usage = { ...this.usage, generationId, simulated: headers.get('x-simulated') === 'true' };
  }

  /** @returns the text it adds. @throws OversizeError */
  add(chunk: Chunk | null): string {
    const choice = chunk?.choices?.[0];
    this.usage = usageWith(this.usage, chunk);
    if (choice) this.#hasCome = true;
    this.error ??= chunk?.error ?? choice?.error;
    const said = choice?.delta ?? choice?.message;
    const text = typeof said?.content === 'string' ? this.#joiner.add(said.content) : '';
    this.#say(text);
    if (said?.refusal) this.#isRefusal = true;
    if (typeof choice?.finish_reason === 'string')
      this.#finish = choice.finish_reason || (this.#finish ?? '');
    return text;
  }

  /** No more will be added. @returns the rest of the text. @throws OversizeError */
  end(): string {
    const rest = this.#joiner.end();
    this.#say(rest);
    return rest;
  }

  /** The model said that it is done. Some servers leave the reason blank on an answer they lost. */
  get isFinished(): boolean {
    return this.#finish !== null && this.#finish !== '';
  }

  /**
   * What a call cost that has no whole answer. Where the server was at work (`begun`, or it has sent something) and
   * did not say, the tokens are reckoned from the texts; without a price list the cost stays unknown, and so do
   * tokens of reasoning that was not sent.
   */
  settleUsage(prompt: Prompt, begun: boolean): Usage {
    if (this.usage.figures !== null || !(begun || this.#hasCome)) return this.usage;
    return {
      ...this.usage,
      promptTokens: tokensIn(prompt.system.length + prompt.user.length),
      completionTokens: tokensIn(this.#text.length),
      figures: 'estimated',
    };
  }

  /** The whole answer, or why it must not be used: part of a program looks just like a program. */
  finish(): ModelResponse | Failure {
    const isEmpty = this.#text.trim() === '';
    if (this.#isRefusal || this.#finish === 'content_filter' || this.#finish === 'refusal')
      return modelFailure('refused');
    if (this.#finish === 'length') return modelFailure('truncated');
    if (this.#finish === 'error') return modelFailure('upstream-error');
    if (isEmpty && this.#finish !== null) return modelFailure('empty-answer');
    if (!this.isFinished) return modelFailure('connection', 'the stream ended early');
    return { ...this.usage, text: this.#text };
  }

  #say(text: string): void {
    this.#bytes += Buffer.byteLength(text);
    if (this.#bytes > this.#maxBytes) {
      this.#finish = 'length';
      throw new OversizeError();
    }
    this.#text += text;
  }
}

/** An average of English and code. */
const CHARACTERS_PER_TOKEN = 4;
const tokensIn = (characters: number) => Math.ceil(characters / CHARACTERS_PER_TOKEN);

function usageWith(known: Usage, chunk: Chunk | null): Usage {
  // Most chunks carry nothing but text.
  if (!chunk?.usage && chunk?.model === known.servedModel && known.generationId !== null) return known;
  const usage = (chunk?.usage ?? {}) as Partial<Record<string, unknown>>;
  const details = (name: string) => (usage[name] ?? {}) as Partial<Record<string, unknown>>;
  const told = {
    promptTokens: amount(usage.prompt_tokens) ?? known.promptTokens,
    completionTokens: amount(usage.completion_tokens) ?? known.completionTokens,
    reasoningTokens: amount(details('completion_tokens_details').reasoning_tokens) ?? known.reasoningTokens,
    cachedTokens: amount(details('prompt_tokens_details').cached_tokens) ?? known.cachedTokens,
    cost: amount(usage.cost) ?? known.cost,
  };
  return {
    ...known,
    ...told,
    servedModel: givenName(chunk?.model) ?? known.servedModel,
    provider: givenName(chunk?.provider) ?? known.provider,
    generationId: known.generationId ?? givenName(chunk?.id),
    figures: Object.values(told).some((figure) => figure !== null) ? 'reported' : known.figures,
  };
}

const amount = (value: unknown) =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
