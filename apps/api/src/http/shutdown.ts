/**
 * Notifies waiting requests of shutdown. An AbortSignal with thousands of listeners takes linear time to remove one;
 * this takes constant time.
 */
export class Shutdown {
  #hasBegun = false;
  readonly #listeners = new Set<() => void>();

  /** Calls `listener` when shutdown begins, or at once if it has begun. Returns a function that unsubscribes it. */
  subscribe(listener: () => void): () => void {
    if (this.#hasBegun) listener();
    else this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  begin(): void {
    this.#hasBegun = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}
