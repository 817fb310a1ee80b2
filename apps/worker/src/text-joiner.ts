/**
 * Makes text that comes in pieces well-formed: a surrogate pair that stands across two pieces comes whole with the
 * second, and a half that is left alone becomes U+FFFD. UTF-8 has no bytes for a half, and strict readers of JSON refuse
 * a whole message for one.
 */
export class TextJoiner {
  #half = '';

  /** @returns what is certain by now; all of it together is the whole text, but for what `end` returns */
  add(piece: string): string {
    if (this.#half === '' && piece.isWellFormed()) return piece;
    const text = this.#half + piece;
    this.#half = /[\ud800-\udbff]$/.exec(text)?.[0] ?? '';
    return text.slice(0, text.length - this.#half.length).toWellFormed();
  }

  /** What is left when there are no more pieces. */
  end(): string {
    const rest = this.#half.toWellFormed();
    this.#half = '';
    return rest;
  }
}
