import { type Failure, type ModelResponse, NO_USAGE, type Prompt, type Usage } from '@codegen/pipeline';
import {
  type Chunk,
  choiceOf,
  contentOf,
  errorOf,
  hasTokens,
  indexOf,
  isWholeMessage,
  messageOf,
} from './chunk.ts';
import { modelFailure } from './failures.ts';
import { type CallMemory, ResponseTooLargeError } from './response-memory.ts';
import { ResponseText } from './response-text.ts';
import { estimateUsage, mergeUsage, sanitizeName } from './usage.ts';

/** Accumulates the text, finish reason and usage of a response from its chunks. */
export class Completion {
  /** The usage known so far; a failed response may have been billed. */
  usage: Usage = NO_USAGE;
  /** The server's error, if it sent one instead of a response or within it. */
  error: unknown;
  /** Whether the server sent `[DONE]`. */
  sawDone = false;
  /** The number of chunks that show progress. Usage and empty chunks do not. */
  tokens = 0;
  readonly #text: ResponseText;
  #isRefusal = false;
  #hasChoice = false;
  /** The index of the choice that is read: that of the first one. */
  #index: number | null = null;
  /** The last finish reason after the last text. '' if only blank ones came. */
  #finishReason: string | null = null;
  /** Whether text followed a finish reason. The server then sends reasons that mean nothing. */
  #isContradicted = false;
  /** Whether the finish reason is worth something only with the end of the stream. */
  #isDoubtful = false;

  /** @param maxBytes limit of the text in UTF-8. @param key the API key, which the text must not contain */
  constructor(maxBytes: number, memory: CallMemory, key: string | null) {
    this.#text = new ResponseText(maxBytes, memory, key);
  }

  addHeaders(headers: Pick<Headers, 'get'>): void {
    const generationId = sanitizeName(headers.get('x-generation-id'));
    this.usage = { ...this.usage, generationId, simulated: headers.get('x-simulated') === 'true' };
  }

  /** @returns the text that the chunk adds. @throws ResponseTooLargeError */
  addChunk(chunk: Chunk | null): string {
    this.#index ??= choiceOf(chunk) === null ? null : indexOf(choiceOf(chunk));
    const choice = choiceOf(chunk, this.#index ?? 0);
    this.usage = mergeUsage(this.usage, chunk);
    if (choice !== null) this.#hasChoice = true;
    this.error ??= errorOf(chunk);
    const message = messageOf(choice);
    const content = this.#text.newContent(contentOf(message), isWholeMessage(choice));
    if (content !== '' || hasTokens(choice)) this.tokens++;
    const text = this.#withinLimit(() => this.#text.add(content));
    if (message?.refusal) this.#isRefusal = true;
    this.#addFinishReason(readFinishReason(choice?.finish_reason ?? choice?.finishReason), content !== '');
    return text;
  }

  #addFinishReason(reason: string | null, hasText: boolean): void {
    if (hasText) {
      this.#isContradicted ||= Boolean(this.#finishReason);
      this.#finishReason = null;
    }
    // A blank reason does not replace one that is set.
    if (reason !== null) this.#finishReason = reason || (this.#finishReason ?? '');
    if (reason) this.#isDoubtful = this.#isContradicted && hasText;
  }

  /** Call it after the last chunk. @returns the rest of the text. @throws ResponseTooLargeError */
  flush(): string {
    return this.#withinLimit(() => this.#text.end());
  }

  /** Whether the model finished. A blank finish reason does not count: some servers send it with a failed generation. */
  get isComplete(): boolean {
    return this.#finishReason !== null && this.#finishReason !== '' && (this.sawDone || !this.#isDoubtful);
  }

  /** Whether the server has sent a completion, complete or not. */
  get hasChoice(): boolean {
    return this.#hasChoice;
  }

  /**
   * The usage of a call without a complete response. If the server sent no figures but was generating (`wasStarted`, or
   * a chunk arrived), tokens are estimated from the texts. The cost and the tokens of hidden reasoning stay null.
   */
  usageOfFailure(prompt: Prompt, wasStarted: boolean): Usage {
    if (this.usage.figures !== null || !(wasStarted || this.#hasChoice)) return this.usage;
    return estimateUsage(this.usage, prompt, this.#text.length);
  }

  /** The complete response, or why it cannot be used. A truncated program would look like a complete one. */
  toResult(): ModelResponse | Failure {
    if (this.#isRefusal) return modelFailure('refused');
    const text = this.#text.toString();
    const isEmpty = text.trim() === '';
    if (!this.isComplete) {
      if (isEmpty && this.#finishReason === '') return modelFailure('empty-answer');
      const failure = modelFailure('connection', 'the stream ended early, without a finish reason');
      return this.tokens > 0 ? { ...failure, modelWorked: true } : failure;
    }
    const reason = this.#finishReason ?? '';
    switch (endingOf(reason)) {
      case 'refused':
        return modelFailure('refused');
      case 'cut off':
        return modelFailure('truncated');
      case 'broken':
        return modelFailure('upstream-error', `finish reason ${JSON.stringify(sanitizeName(reason))}`);
      case 'whole':
        return isEmpty ? modelFailure('empty-answer') : { ...this.usage, text };
    }
  }

  /** @returns the text that `add` returns. @throws ResponseTooLargeError, and then the response counts as cut off */
  #withinLimit(add: () => string): string {
    try {
      return add();
    } catch (error) {
      if (error instanceof ResponseTooLargeError) this.#finishReason = 'length';
      throw error;
    }
  }
}

/** What a finish reason says about the text before it. */
type Ending = 'whole' | 'cut off' | 'refused' | 'broken';

/** Only these reasons end a whole answer. Reasons are an open set: an unknown one may mean half a program. */
const ENDINGS: ReadonlyMap<string, Ending> = new Map<string, Ending>([
  ['stop', 'whole'],
  ['eos', 'whole'],
  ['eos_token', 'whole'],
  ['stop_sequence', 'whole'],
  ['end_turn', 'whole'],
  ['end_of_turn', 'whole'],
  ['eos_found', 'whole'],
  ['stop_token', 'whole'],
  ['complete', 'whole'],
  ['length', 'cut off'],
  ['model_length', 'cut off'],
  ['max_tokens', 'cut off'],
  ['max_output_tokens', 'cut off'],
  ['max_new_tokens', 'cut off'],
  ['max_length', 'cut off'],
  ['token_limit', 'cut off'],
  ['error_limit', 'cut off'],
  ['model_context_window_exceeded', 'cut off'],
  ['context_length_exceeded', 'cut off'],
  ['incomplete', 'cut off'],
  ['content_filter', 'refused'],
  ['refusal', 'refused'],
  ['safety', 'refused'],
  ['recitation', 'refused'],
  ['prohibited_content', 'refused'],
  ['content_filtered', 'refused'],
  ['blocklist', 'refused'],
  ['blocked', 'refused'],
  ['spii', 'refused'],
  ['language', 'refused'],
  ['sensitive', 'refused'],
  ['moderation', 'refused'],
  ['guardrails', 'refused'],
  ['guardrail_intervened', 'refused'],
]);

const endingOf = (reason: string): Ending =>
  ENDINGS.get(reason.toLowerCase().replace(/^finish_?reason[._]/, '')) ?? 'broken';

/** A finish reason as a server sent it; '' for a blank one, null for none. Some servers send the text "null". */
function readFinishReason(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const reason = value.trim();
  return /^(null|none|undefined)$/i.test(reason) ? null : reason;
}
