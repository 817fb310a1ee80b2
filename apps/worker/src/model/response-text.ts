import { ByteBuffer, type CallMemory } from './response-memory.ts';
import { TextJoiner } from './text-joiner.ts';

/** Shorter chunks may begin alike by chance. */
const MIN_CUMULATIVE_CHARS = 16;

/** Chunks that must continue the one before them. Fewer may do so by chance. */
const MIN_GROWTHS = 3;

/**
 * The text of a response, from the contents of its chunks. Servers repeat text in two ways: a whole message after the
 * deltas, or all of the text so far in each delta.
 */
export class ResponseText {
  readonly #added: ByteBuffer;
  readonly #joiner: TextJoiner;
  #length = 0;
  /** Whether each content so far begins with the one before it. */
  #isCumulative = true;
  /** The last content; '' if the contents are not cumulative. */
  #last = '';
  /** Number of contents that continued the one before them. */
  #growths = 0;

  /** @param maxBytes limit of the text in UTF-8. @param key the API key, which the text must not contain */
  constructor(maxBytes: number, memory: CallMemory, key: string | null) {
    this.#added = new ByteBuffer(maxBytes, memory);
    this.#joiner = new TextJoiner(key);
  }

  /** Characters of the added text. */
  get length(): number {
    return this.#length;
  }

  /** The part of a chunk's content to add. @param isWholeMessage whether the content is the message, not a delta */
  newContent(content: string, isWholeMessage: boolean): string {
    if (content === '') return '';
    this.#compareWithLast(content);
    return isWholeMessage && this.#added.length > 0 ? this.#restOfMessage(content) : content;
  }

  #compareWithLast(content: string): void {
    if (!this.#isCumulative) return;
    this.#isCumulative = content.startsWith(this.#last);
    if (content.length > this.#last.length) this.#growths++;
    this.#last = this.#isCumulative ? content : '';
  }

  /** The message without the text that was added before, or all of it if it does not repeat that text. */
  #restOfMessage(content: string): string {
    const before = this.#added.toString();
    const whole = this.#joiner.clean(content);
    if (!whole.startsWith(before)) return content;
    this.#joiner.end();
    return whole.slice(before.length);
  }

  /** @returns the text that the content completes. @throws ResponseTooLargeError */
  add(content: string): string {
    return content === '' ? '' : this.#append(this.#joiner.add(content));
  }

  /** Call it after the last content. @returns the rest of the text. @throws ResponseTooLargeError */
  end(): string {
    return this.#append(this.#joiner.end());
  }

  #append(text: string): string {
    this.#length += text.length;
    this.#added.appendText(text);
    return text;
  }

  /** The text. Of cumulative contents, it is the last one. */
  toString(): string {
    const isCumulative =
      this.#isCumulative && this.#growths >= MIN_GROWTHS && this.#last.length >= MIN_CUMULATIVE_CHARS;
    return isCumulative ? this.#joiner.clean(this.#last) : this.#added.toString();
  }
}
