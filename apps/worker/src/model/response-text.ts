import { ByteBuffer, type CallMemory } from './response-memory.ts';

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

/** Keys shorter than this may be ordinary words, such as `local` for a self-hosted server. */
const MIN_KEY_CHARS = 8;

/**
 * Makes text that arrives in pieces well-formed, and removes the API key from it: a server that echoes its request must not
 * pass the key on. A surrogate pair or a key that is split between pieces is returned with the last of them; a lone surrogate
 * becomes U+FFFD. UTF-8 cannot encode a lone surrogate, and strict JSON parsers reject messages that contain one.
 */
export class TextJoiner {
  readonly #key: string | null;
  /** Text that may be the beginning of a pair or of the key. */
  #held = '';

  constructor(key: string | null) {
    this.#key = key !== null && key.length >= MIN_KEY_CHARS ? key : null;
  }

  /** @returns the text that is complete so far and was not returned before */
  add(piece: string): string {
    const text = this.#mask(this.#held + piece);
    this.#held = text.slice(text.length - this.#lengthToHold(text));
    return text.slice(0, text.length - this.#held.length).toWellFormed();
  }

  /** @returns a text that does not arrive in pieces */
  clean(text: string): string {
    return this.#mask(text).toWellFormed();
  }

  /** @returns the rest of the text */
  end(): string {
    const rest = this.#held.toWellFormed();
    this.#held = '';
    return rest;
  }

  #mask(text: string): string {
    return this.#key === null ? text : text.replaceAll(this.#key, '…');
  }

  /** Length of the longest end of the text that begins a pair or the key. */
  #lengthToHold(text: string): number {
    const key = this.#key ?? '';
    for (let length = Math.min(key.length - 1, text.length); length > 0; length--)
      if (key.startsWith(text.slice(text.length - length))) return length;
    return /[\ud800-\udbff]$/.test(text) ? 1 : 0;
  }
}
