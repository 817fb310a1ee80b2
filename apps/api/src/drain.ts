/**
 * The end of the server, of which all who wait are told. An AbortSignal would do for a few, but looks through all of its
 * thousands of listeners for each that leaves.
 */
export class Drain {
  #hasBegun = false;
  readonly #waiting = new Set<() => void>();

  /** Calls back when the drain begins, at once if it has. Returns the way to stop that. */
  onBegin(leave: () => void): () => void {
    if (this.#hasBegun) leave();
    else this.#waiting.add(leave);
    return () => this.#waiting.delete(leave);
  }

  begin(): void {
    this.#hasBegun = true;
    for (const leave of this.#waiting) leave();
    this.#waiting.clear();
  }
}
