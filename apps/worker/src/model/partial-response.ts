import { type Failure, type ModelResponse, NO_USAGE, type Prompt, type Usage } from '@codegen/pipeline';
import type { Chunk } from './chunks.ts';
import { modelFailure } from './failures.ts';
import { ResponseTooLargeError } from './response-reader.ts';
import { estimateUsage, mergeUsage, sanitizeName } from './usage.ts';

/** Accumulates the text, finish reason and usage of a response from its chunks. */
export class PartialResponse {
  /** The usage known so far; a failed response may have been billed. */
  usage: Usage = NO_USAGE;
  /** The server's error, if it sent one instead of a response or within it. */
  error: unknown;
  #text = '';
  readonly #joiner = new TextJoiner();
  #bytes = 0;
  #isRefusal = false;
  #hasChoice = false;
  #finishReason: string | null = null;
  readonly #maxBytes: number;

  /** @param maxBytes limit of the text in UTF-8 */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  addHeaders(headers: Pick<Headers, 'get'>): void {
    const generationId = sanitizeName(headers.get('x-generation-id'));
    this.usage = { ...this.usage, generationId, simulated: headers.get('x-simulated') === 'true' };
  }

  /** @returns the text that the chunk adds. @throws ResponseTooLargeError */
  addChunk(chunk: Chunk | null): string {
    const choice = chunk?.choices?.[0];
    this.usage = mergeUsage(this.usage, chunk);
    if (choice) this.#hasChoice = true;
    this.error ??= chunk?.error ?? choice?.error;
    const message = choice?.delta ?? choice?.message;
    const text = typeof message?.content === 'string' ? this.#joiner.add(message.content) : '';
    this.#append(text);
    if (message?.refusal) this.#isRefusal = true;
    // A blank reason does not replace one that is set.
    if (typeof choice?.finish_reason === 'string')
      this.#finishReason = choice.finish_reason || (this.#finishReason ?? '');
    return text;
  }

  /** Call it after the last chunk. @returns the rest of the text. @throws ResponseTooLargeError */
  end(): string {
    const rest = this.#joiner.end();
    this.#append(rest);
    return rest;
  }

  /** Whether the model finished. A blank finish reason does not count: some servers send it with a failed generation. */
  get isFinished(): boolean {
    return this.#finishReason !== null && this.#finishReason !== '';
  }

  /**
   * The usage of a call without a complete response. If the server sent no figures but was generating (`wasStarted`, or
   * a chunk arrived), tokens are estimated from the texts. The cost and the tokens of hidden reasoning stay null.
   */
  usageOfFailure(prompt: Prompt, wasStarted: boolean): Usage {
    if (this.usage.figures !== null || !(wasStarted || this.#hasChoice)) return this.usage;
    return estimateUsage(this.usage, prompt, this.#text);
  }

  /** The complete response, or why it cannot be used. A truncated program would look like a complete one. */
  finish(): ModelResponse | Failure {
    const isEmpty = this.#text.trim() === '';
    if (this.#isRefusal || this.#finishReason === 'content_filter' || this.#finishReason === 'refusal')
      return modelFailure('refused');
    if (this.#finishReason === 'length') return modelFailure('truncated');
    if (this.#finishReason === 'error') return modelFailure('upstream-error');
    if (isEmpty && this.#finishReason !== null) return modelFailure('empty-answer');
    if (!this.isFinished) return modelFailure('connection', 'the stream ended early');
    return { ...this.usage, text: this.#text };
  }

  #append(text: string): void {
    this.#bytes += Buffer.byteLength(text);
    if (this.#bytes > this.#maxBytes) {
      this.#finishReason = 'length';
      throw new ResponseTooLargeError();
    }
    this.#text += text;
  }
}

/**
 * Makes text that arrives in pieces well-formed. A surrogate pair that is split between two pieces is returned with the
 * second one; a lone surrogate becomes U+FFFD. UTF-8 cannot encode a lone surrogate, and strict JSON parsers reject
 * messages that contain one.
 */
class TextJoiner {
  #highSurrogate = '';

  /** @returns the text that is complete so far and was not returned before */
  add(piece: string): string {
    if (this.#highSurrogate === '' && piece.isWellFormed()) return piece;
    const text = this.#highSurrogate + piece;
    this.#highSurrogate = /[\ud800-\udbff]$/.exec(text)?.[0] ?? '';
    return text.slice(0, text.length - this.#highSurrogate.length).toWellFormed();
  }

  /** @returns the rest of the text */
  end(): string {
    const rest = this.#highSurrogate.toWellFormed();
    this.#highSurrogate = '';
    return rest;
  }
}
