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
